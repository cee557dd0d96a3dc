// Calls of the services. The order service passes on what is for another one.

import * as session from "./session.js";

const impatience = 20_000; // ms; the services take ten seconds at most

/** Problem is an answer that is none (RFC 9457), or its absence (status 0). */
export class Problem extends Error {
  constructor(status, { title = "", detail = "", errors = [] }) {
    super(detail || title);
    this.status = status;
    this.fields = errors;
  }
}

/** headers are those that each request has. */
export function headers() {
  return session.token() ? { Authorization: `Bearer ${session.token()}` } : {};
}

/** address is where a call of a service goes. */
export function address(service, path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  return (service === "order" ? "" : `/console/${service}`) + path + search;
}

/** asOperator says who acts, for the record, where no token does. */
export function asOperator() {
  return session.operator() ? { "X-Operator": encodeURIComponent(session.operator()) } : {};
}

/** call returns a service's answer, read as JSON; it throws a Problem. */
export async function call(service, method, path, options) {
  return JSON.parse(await send(service, method, path, options));
}

async function send(service, method, path, { query, body, headers: more, signal } = {}) {
  let answer, text;
  const sent = session.token();
  try {
    answer = await fetch(address(service, path, query), {
      method,
      headers: { ...headers(), ...(body && { "Content-Type": "application/json" }), ...more },
      body: body && JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout(impatience), ...(signal ? [signal] : [])]),
    });
    clock.set(answer.headers.get("Date"));
    text = await answer.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Problem(0, { detail: unanswered(method, cause) });
  }
  if (!answer.ok) throw problemOf(answer.status, text, service === "order" && sent === session.token());
  return text;
}

// unanswered says what an answer's absence means: what was to change something may
// have got there all the same.
function unanswered(method, cause) {
  if (method !== "GET") return "There was no answer. Whether it was done is not known.";
  return cause.name === "TimeoutError" ? "The service didn't answer in time." : "The service can't be reached.";
}

/** getExact is get, but for members named body: there, numbers are written again as
 * the service has them (150.00, or more digits than a number here can have), where
 * the browser can do that. */
export async function getExact(service, path, query, signal) {
  const text = await send(service, "GET", path, { query, signal });
  const found = JSON.parse(text);
  if (!JSON.rawJSON) return found;
  const exact = JSON.parse(text, (_, value, context) => (typeof value === "number" && context.source ? JSON.rawJSON(context.source) : value));
  if ("body" in found) found.body = exact.body;
  found.items?.forEach((item, i) => (item.body = exact.items[i].body));
  return found;
}

export const get = (service, path, query, signal) => call(service, "GET", path, { query, signal });
export const post = (service, path, body, more) => call(service, "POST", path, { body, headers: more });
export const put = (service, path, body) => call(service, "PUT", path, { body });

/** problemOf reads an answer that is a problem. Whoever the order service doesn't
 * know any more, by the token that is still theirs (decides), is
 * asked for a token. */
export function problemOf(status, text, decides) {
  let read;
  try {
    read = JSON.parse(text);
  } catch {
    read = { detail: `The service answered with status ${status}.` };
  }
  const problem = new Problem(status, read);
  if (status === 401 && decides) window.dispatchEvent(new CustomEvent("unknown-caller", { detail: problem.message }));
  return problem;
}

/** clock tells the services' time, to the second: this machine's may be wrong. */
export const clock = {
  ahead: 0,
  set(date) {
    const ahead = Date.parse(date) - Date.now();
    if (ahead) this.ahead = ahead;
  },
  now() {
    return Date.now() + this.ahead;
  },
};

/** newKey makes an idempotency key. (randomUUID is for https alone.) */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

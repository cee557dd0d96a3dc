// Server-sent events, read with fetch: EventSource can't send a token.

import * as api from "./api.js";
import * as session from "./session.js";

const first = 500; // ms, doubled with each failure
const most = 10_000;

/** follow reads a stream over as many connections as it takes, without a gap, until
 * signal ends it. on has: event(type, data text), live(boolean), refused(problem)
 * when it is not to be had. A page that nobody looks at has no connection: browsers
 * have few. */
export async function follow(path, on, signal) {
  let position = "";
  let pause = first;
  while (!signal.aborted) {
    await visible(signal);
    const connection = new AbortController();
    const stop = () => connection.abort();
    const hide = () => document.hidden && stop();
    signal.addEventListener("abort", stop);
    document.addEventListener("visibilitychange", hide);
    try {
      await read(path, position, connection.signal, {
        ...on,
        begun() {
          pause = first;
          on.live(true);
        },
        at(id) {
          position = id;
        },
      });
    } catch (problem) {
      if (problem.status === 422) position = ""; // of another time: a backup was restored
      else if ([401, 403, 404].includes(problem.status)) return signal.aborted || on.refused(problem);
    } finally {
      signal.removeEventListener("abort", stop);
      document.removeEventListener("visibilitychange", hide);
    }
    if (signal.aborted || document.hidden) continue;
    on.live(false);
    await delay(pause, signal);
    pause = Math.min(2 * pause, most);
  }
}

// read reads one connection to its end.
async function read(path, position, signal, on) {
  const sent = session.token();
  const answer = await fetch(path, {
    headers: { ...api.headers(), Accept: "text/event-stream", ...(position && { "Last-Event-ID": position }) },
    signal,
    cache: "no-store",
  });
  if (!answer.ok) throw api.problemOf(answer.status, await answer.text(), sent === session.token());
  on.begun();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let fields = {};
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line !== "") {
        const [, name, text] = /^([^:]*):? ?(.*)$/.exec(line);
        fields[name] = text;
        continue;
      }
      if (fields.id) on.at(fields.id);
      if (fields.data) on.event(fields.event, fields.data);
      fields = {};
    }
  }
}

function visible(signal) {
  return new Promise((resolve) => {
    const check = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", check);
      resolve();
    };
    signal.addEventListener("abort", check, { once: true });
    document.addEventListener("visibilitychange", check);
    check();
  });
}

/** delay resolves after so many ms, or when signal ends it. */
export function delay(ms, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

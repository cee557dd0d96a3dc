// Who uses the console, and what they may do. The token stays in this tab: it is
// kept in sessionStorage, and sent in a header.

const kept = "orders.token";
const name = "orders.operator";

/** settings are what the service says about the console: whether it needs a token,
 * and which services can be asked. */
export let settings = { authentication: false, services: ["order"] };

let claims = null;

/** begin reads the settings, and the token of before a reload. */
export async function begin() {
  const answer = await fetch("/console/settings");
  if (!answer.ok) throw new Error(`The service is not ready (${answer.status}).`);
  settings = await answer.json();
  if (!settings.authentication) forget();
  else if (token()) claims = read(token());
}

export const token = () => sessionStorage.getItem(kept) ?? "";
export const configured = (service) => settings.services.includes(service);

/** use takes a token; it returns what keeps it from being one, "" for nothing. The
 * services decide whether it is good. */
export function use(text) {
  const found = read(text);
  if (!found) return "This is not a JSON Web Token.";
  if (found.exp && found.exp * 1000 < Date.now()) return "This token has expired.";
  claims = found;
  sessionStorage.setItem(kept, text);
  return "";
}

/** forget ends the session. */
export function forget() {
  claims = null;
  sessionStorage.removeItem(kept);
}

/** subject is the caller that the token names, "" without one. */
export const subject = () => claims?.sub ?? "";

/** scopes are what the token allows, as authkit reads it. */
export function scopes() {
  const granted = claims?.scope ?? claims?.scp ?? [];
  return typeof granted === "string" ? granted.split(/\s+/).filter(Boolean) : granted;
}

/** known tells whether it is known who calls, as far as that is asked for. */
export const known = () => !settings.authentication || claims !== null;

function has(...anyOf) {
  return !settings.authentication || scopes().some((scope) => anyOf.includes(scope));
}

/** may says what the caller may do: the services' own rules, to show nothing that
 * they would refuse. */
export const may = {
  read: () => has("orders:read", "ops"),
  place: () => has("orders:write"),
  cancel: () => has("orders:write", "ops"),
  seeStock: () => configured("inventory") && has("orders:read", "inventory:write", "ops"),
  setStock: () => configured("inventory") && has("inventory:write"),
  operate: () => has("ops"),
};

/** customer is the one that the caller is confined to, "" for none. */
export const customer = () => (settings.authentication && !may.operate() ? subject() : "");

/** operator is who acts, for the record: in their own words where no token says it. */
export const operator = () => sessionStorage.getItem(name) ?? "";
export const setOperator = (text) => sessionStorage.setItem(name, text.trim());

// read reads a token's claims, null when it has none. The signature is for the
// services to check.
function read(text) {
  try {
    const payload = text.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0));
    const found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof found === "object" && found !== null ? found : null;
  } catch {
    return null;
  }
}

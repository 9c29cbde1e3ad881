// A browser as far as a server can tell: it keeps cookies and says which page it is on. The client in it is the official
// one, unmodified; it is given a fetch, as its documentation allows, and each exchange is written down.

import { createAuthClient } from "better-auth/client";

const USER_AGENT = "Mozilla/5.0 (conversation)";
const ADDRESS = "203.0.113.7"; // as a proxy in front of the service would tell it
const RELEVANT = ["content-type", "location", "retry-after", "www-authenticate"];

export class Browser {
  #cookies = new Map();
  #settings;
  #exchanges = [];

  constructor(settings, headers = { origin: settings.publicUrl }) {
    this.#settings = settings;
    // One connection for each request: a server may close a kept one just when the next request is on its way.
    this.headers = { "user-agent": USER_AGENT, "x-forwarded-for": ADDRESS, connection: "close", ...headers };
    this.client = createAuthClient({
      baseURL: settings.publicUrl,
      fetchOptions: { customFetchImpl: (url, init) => this.#fetch(url, init) },
    });
  }

  /** What happened since the last call. */
  exchanges() {
    return this.#exchanges.splice(0);
  }

  /** Follow a link as a person does; a redirect is written down and not followed. */
  async open(link) {
    const response = await this.#fetch(link, { headers: { accept: "text/html" } });
    return this.#content(response);
  }

  /** Send what the client never would. */
  async send(path, body, headers = { "content-type": "application/json" }) {
    const init = { method: "POST", headers, body };
    return this.#content(await this.#fetch(`${this.#settings.publicUrl}/api/auth${path}`, init));
  }

  get cookies() {
    return new Map(this.#cookies);
  }

  set cookies(cookies) {
    this.#cookies = new Map(cookies);
  }

  async #content(response) {
    const text = await response.text();
    if (!text) return null;
    if (!response.headers.get("content-type")?.includes("json")) return { text: "(a page)" };
    const json = JSON.parse(text);
    return response.ok ? { data: json, error: null } : { data: null, error: { ...json, status: response.status } };
  }

  async #fetch(url, init = {}) {
    const headers = new Headers({ ...this.headers, ...Object.fromEntries(new Headers(init.headers)) });
    if (this.#cookies.size) headers.set("cookie", [...this.#cookies].map((pair) => pair.join("=")).join("; "));
    const response = await fetch(this.#atServer(url), { ...init, headers, redirect: "manual" });
    const cookies = response.headers.getSetCookie();
    cookies.forEach((cookie) => this.#keep(cookie));
    const relevant = RELEVANT.filter((name) => response.headers.has(name));
    this.#exchanges.push({
      status: response.status,
      headers: Object.fromEntries(relevant.map((name) => [name, response.headers.get(name)])),
      cookies,
    });
    return response;
  }

  #atServer(url) {
    const { pathname, search } = new URL(url, this.#settings.publicUrl);
    return `${this.#settings.server}${pathname}${search}`;
  }

  #keep(cookie) {
    const [pair, ...attributes] = cookie.split(/;\s*/);
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const gone = attributes.some((attribute) => /^max-age=0$/i.test(attribute)) || value === "";
    if (gone) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

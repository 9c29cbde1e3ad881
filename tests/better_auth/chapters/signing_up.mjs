import { LONGEST, newcomer, PASSWORD } from "./people.mjs";

export async function signingUp(conversation) {
  const ada = await newcomer(conversation, "ada@example.com");
  await conversation.step("the session begins at once", ada, (client) => client.getSession());

  const attempt = async (name, body) => {
    const browser = conversation.browser();
    const valid = { name: "Bea", email: "bea@example.com", password: PASSWORD };
    await conversation.step(name, browser, (client) => client.signUp.email({ ...valid, ...body }));
    return browser;
  };
  await attempt("the address is taken", { email: "ada@example.com" });
  await attempt("the address is taken, in capitals", { email: "ADA@Example.COM" });
  await attempt("a password of 7 characters", { password: "Zu7-kqx" });
  await attempt("a password of 14 characters", { email: "short@example.com", password: "Zu7-kqx!pe9wvo" });
  await attempt("a password of 128 characters", { email: "long@example.com", password: LONGEST });
  await attempt("a password of 129 characters", { password: `${LONGEST}!` });
  await attempt("a common password", { email: "common@example.com", password: "1qaz2wsx3edc4rfv5tgb" });
  await attempt("a password made of the address", { email: "caroline@example.com", password: "caroline@example.com" });
  await attempt("an empty password", { password: "" });
  await attempt("no password", { password: undefined });
  await attempt("no address", { email: undefined });
  await attempt("an address without an @", { email: "bea.example.com" });
  await attempt("an address that is a number", { email: 7 });
  await attempt("no name", { name: undefined });
  await attempt("a name that is a number", { name: 7 });
  await attempt("an empty name", { name: "", email: "nameless@example.com" });
  await attempt("a page of somebody else to go to", { callbackURL: "https://evil.example/" });
  await attempt("an address in capitals", { email: "Bea@Example.COM" });
  await attempt("with a picture", { email: "cleo@example.com", image: "https://example.com/cleo.png" });
  await attempt("with a page to go to", { email: "dora@example.com", callbackURL: "/welcome" });
  await attempt("as an administrator", { email: "eve@example.com", role: "admin", emailVerified: true });
  const brief = await attempt("not to be remembered", { email: "fay@example.com", rememberMe: false });
  await conversation.step("who is not to be remembered", brief, (client) => client.getSession());

  const stranger = conversation.browser();
  const send = (name, body, headers) =>
    conversation.step(name, stranger, () => stranger.send("/sign-up/email", body, headers));
  await send("no JSON", "{nonsense");
  await send("an array", "[]");
  await send("nothing", undefined);
  await send("text", "hello", { "content-type": "text/plain" });
}

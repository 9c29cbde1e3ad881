import { newcomer, OTHER_PASSWORD, PASSWORD } from "./people.mjs";

const tokenOf = (link) => new URL(link).searchParams.get("token");

export async function verification(conversation) {
  const email = "lena@example.com";
  const lena = await newcomer(conversation, email, { callbackURL: "/welcome" });
  const first = await conversation.mail("the mail of the sign-up", email);
  const stranger = conversation.browser();
  const send = (name, browser, body) =>
    conversation.step(name, browser, (client) => client.sendVerificationEmail({ email, ...body }));
  const open = (name, browser, link) => conversation.step(name, browser, () => browser.open(link));
  const verify = (name, browser, query) =>
    conversation.step(name, browser, (client) => client.verifyEmail({ query }));

  await send("send to an unknown address", stranger, { email: "nobody@example.com" });
  await send("send to what is no address", stranger, { email: "lena" });
  await send("send with somebody else's page", stranger, { callbackURL: "https://evil.example/" });
  await send("send to somebody else", lena, { email: "nobody@example.com" });
  await send("send", lena, {});
  const second = await conversation.mail("the mail", email);
  await verify("a token that is made up", stranger, { token: "nonsense" });
  await verify("no token", stranger, {});
  await open("a link that is made up", stranger, first.replace(tokenOf(first), "nonsense"));
  await open("the link with somebody else's page", lena, first.replace("%2Fwelcome", "https%3A%2F%2Fevil.example"));
  await open("the link", lena, first);
  await conversation.step("the address is verified", lena, (client) => client.getSession());
  await open("the link again", lena, first);
  await verify("the second token", lena, { token: tokenOf(second) });
  await send("send when there is nothing to verify", lena, {});
  await send("send when there is nothing to verify, from outside", stranger, {});

  const mia = await newcomer(conversation, "mia@example.com");
  const link = await conversation.mail("Mia's mail", "mia@example.com");
  const late = await conversation.tables.aged(link, 2);
  await open("the link two hours later", stranger, late);
  await verify("the token two hours later", stranger, { token: tokenOf(late) });
  await send("send from outside", stranger, { email: "mia@example.com", callbackURL: "/welcome" });
  const fresh = await conversation.mail("the mail from outside", "mia@example.com");
  await verify("the token, from outside", stranger, { token: tokenOf(fresh) });
  await conversation.step("nobody is signed in by that", stranger, (client) => client.getSession());
  await conversation.step("Mia's address is verified", mia, (client) => client.getSession());
}

export async function verificationRequired(conversation) {
  const email = "nora@example.com";
  const nora = await newcomer(conversation, email, { callbackURL: "/welcome" });
  await conversation.step("no session yet", nora, (client) => client.getSession());
  const enter = (name, body) =>
    conversation.step(name, nora, (client) => client.signIn.email({ email, password: PASSWORD, ...body }));
  await enter("sign in too early", {});
  await enter("sign in too early with a wrong password", { password: OTHER_PASSWORD });
  const link = await conversation.mail("the mail", email);
  await conversation.step("the link", nora, () => nora.open(link));
  await conversation.step("no session by a link", nora, (client) => client.getSession());
  await enter("sign in", {});
  await conversation.step("a session", nora, (client) => client.getSession());

  const stranger = conversation.browser();
  await conversation.step("the address is taken", stranger, (client) =>
    client.signUp.email({ name: "Somebody", email, password: OTHER_PASSWORD, image: "https://example.com/x.png" }),
  );
  await conversation.step("whose it is stays", nora, (client) => client.getSession());
}

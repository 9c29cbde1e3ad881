import { newcomer, PASSWORD } from "./people.mjs";

const EMAIL = "rosa@example.com";

export async function crossSite(conversation) {
  const rosa = await newcomer(conversation, EMAIL);
  const pages = {
    "a foreign page": { origin: "https://evil.example" },
    "a page without an address": { origin: "null" },
    "a page that hides its address": {},
    "a page known by its Referer": { referer: `${conversation.settings.publicUrl}/profile` },
    "a foreign page known by its Referer": { referer: "https://evil.example/page" },
  };
  for (const [page, headers] of Object.entries(pages)) {
    const there = conversation.browser(headers);
    there.cookies = rosa.cookies;
    await conversation.step(`change something from ${page}`, there, (client) => client.updateUser({ name: "Eve" }));
    await conversation.step(`look from ${page}`, there, (client) => client.getSession());
    there.cookies = new Map();
    await conversation.step(`sign in from ${page}`, there, (client) =>
      client.signIn.email({ email: EMAIL, password: PASSWORD }),
    );
  }
  await conversation.step("sign out of a foreign page's reach", rosa, (client) => client.signOut());
  await conversation.step("alive", rosa, (client) => client.$fetch("/ok"));
  await conversation.step("no such route", rosa, (client) => client.$fetch("/nothing"));
}

export const PASSWORD = "seven quiet lanterns drifting";
export const OTHER_PASSWORD = "umber teapot under 4 willows";
export const LONGEST = "kQ7 wander-9 Lutz ".repeat(7) + "zy"; // 128 characters

/** A browser in which somebody has just signed up. */
export async function newcomer(conversation, email, more = {}) {
  const browser = conversation.browser();
  await conversation.step(`${email} signs up`, browser, (client) =>
    client.signUp.email({ name: "Ada", email, password: PASSWORD, ...more }),
  );
  return browser;
}

/** A browser in which somebody has just signed in. */
export async function visitor(conversation, email, more = {}) {
  const browser = conversation.browser();
  await conversation.step(`${email} signs in`, browser, (client) =>
    client.signIn.email({ email, password: PASSWORD, ...more }),
  );
  return browser;
}

// better-auth's own server, with its defaults and what must be switched on: on tables of its own, mails as files.
// Settings come as JSON in the environment variable CONVERSATION; "listening <port>" on standard output says it is ready.

import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import pg from "pg";
import { deliver } from "./mailbox.mjs";

const settings = JSON.parse(process.env.CONVERSATION);

const send = ({ user, url }) => deliver(settings.mailbox, user.email, url);

const options = {
  baseURL: settings.publicUrl,
  secret: settings.secret,
  database: new pg.Pool({ connectionString: settings.database, max: 4 }),
  emailAndPassword: {
    enabled: true,
    requireEmailVerification: settings.requireEmailVerification,
    sendResetPassword: send,
  },
  emailVerification: { sendOnSignUp: true, sendVerificationEmail: send },
  user: { changeEmail: { enabled: true }, deleteUser: { enabled: true } },
  rateLimit: { enabled: false }, // hundreds of steps from one address; our limits are set as generously
  telemetry: { enabled: false },
  logger: { level: "error" },
};

const { runMigrations } = await getMigrations(options);
await runMigrations();

const server = createServer(toNodeHandler(betterAuth(options)));
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));

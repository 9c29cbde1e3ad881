// What no client can do, for each side in its own tables: let time pass.

import { signJWT } from "better-auth/crypto";
import pg from "pg";

class Tables {
  constructor(settings) {
    this.settings = settings;
    this.client = new pg.Client({ connectionString: settings.database });
  }

  async open() {
    await this.client.connect();
    await this.client.query("SET session_replication_role = replica"); // no trigger writes updated_at
  }

  async close() {
    await this.client.end();
  }
}

export class BetterAuth extends Tables {
  /** As if the user's sessions, and every link for a reset, had been made so many hours ago. */
  async pass(hours, address) {
    await this.client.query(
      `UPDATE session SET "createdAt" = session."createdAt" - $1::interval, "updatedAt" = session."updatedAt" - $1::interval,
         "expiresAt" = "expiresAt" - $1::interval FROM "user" WHERE "user".id = "userId" AND email = $2`,
      [`${hours} hours`, address],
    );
    await this.client.query(`UPDATE verification SET "expiresAt" = "expiresAt" - $1::interval`, [`${hours} hours`]);
  }

  /** A link for a verification as it would be so many hours later: its token is a JWT that says until when. */
  async aged(link, hours) {
    const url = new URL(link);
    const { exp, ...claims } = JSON.parse(Buffer.from(url.searchParams.get("token").split(".")[1], "base64url"));
    const left = exp - Math.floor(Date.now() / 1000) - hours * 3600;
    url.searchParams.set("token", await signJWT(claims, this.settings.secret, left));
    return url.href;
  }
}

export class Tradepost extends Tables {
  async pass(hours, address) {
    await this.client.query(
      `UPDATE platform.session SET created_at = session.created_at - $1::interval,
         updated_at = session.updated_at - $1::interval, authenticated_at = authenticated_at - $1::interval,
         expires_at = expires_at - $1::interval, absolute_expires_at = absolute_expires_at - $1::interval
         FROM platform."user" WHERE "user".id = user_id AND email = $2`,
      [`${hours} hours`, address],
    );
    await this.client.query("UPDATE platform.verification SET expires_at = expires_at - $1::interval", [
      `${hours} hours`,
    ]);
  }

  async aged(link, hours) {
    await this.pass(hours, "");
    return link;
  }
}

/**
 * The logins that one session tried. Clients try a second mechanism with the secret that was just refused (smtplib, Symfony):
 * that is one failure, not two. While logins are throttled the session is kept for a while, so that its user reads why.
 */

/** Throttled logins that a session may hear of before it is closed. */
export const MAX_THROTTLED_LOGINS = 10;

export class LoginAttempts {
  readonly #failed = new Set<string>();
  #throttled = 0;

  /** True for the first failure with this user and secret; `secretHash` is keyed. */
  isNewFailure(user: string, secretHash: Uint8Array): boolean {
    const key = `${Buffer.from(secretHash).toString('base64')} ${user}`;
    if (this.#failed.has(key)) return false;
    // More than a handful of secrets are no client that tries its mechanisms.
    if (this.#failed.size < MAX_THROTTLED_LOGINS) this.#failed.add(key);
    return true;
  }

  /** One more login was throttled. False: the session has heard it often enough. */
  mayStay(): boolean {
    return ++this.#throttled <= MAX_THROTTLED_LOGINS;
  }
}

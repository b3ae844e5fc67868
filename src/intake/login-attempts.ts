/**
 * The login attempts of one session. Clients try a second mechanism with a secret that was just refused (smtplib,
 * Symfony): that is one failure. While logins are throttled the session stays open for a few attempts, so that its
 * user sees the reason.
 */

/** Throttled logins before the session is closed. */
export const MAX_THROTTLED_LOGINS = 10;

export class LoginAttempts {
  readonly #failed = new Set<string>();
  #throttled = 0;

  /** True for the first failure with this user and secret; `secretHash` is keyed. */
  isNewFailure(user: string, secretHash: Uint8Array): boolean {
    const key = `${Buffer.from(secretHash).toString('base64')} ${user}`;
    if (this.#failed.has(key)) return false;
    // A client with more secrets is not trying its mechanisms.
    if (this.#failed.size < MAX_THROTTLED_LOGINS) this.#failed.add(key);
    return true;
  }

  /** Counts a throttled login. False: close the session. */
  mayStay(): boolean {
    return ++this.#throttled <= MAX_THROTTLED_LOGINS;
  }
}

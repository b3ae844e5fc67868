/** Whether there is a way in for mail. Ports that cannot be opened stop the start, so what is missing was not asked for. */
import type { Check } from './check.ts';

export interface ListenersFacts {
  /** How many addresses are listened on, by service. */
  readonly submission: number;
  readonly http: number;
}

export const listeners: Check<ListenersFacts> = {
  reason: 'no port takes mail',
  stopsMail: true,
  look: ({ submission, http }) =>
    submission + http > 0
      ? { ok: true, detail: `listens on ${submission} addresses for submission, ${http} for HTTP` }
      : {
          ok: false,
          detail: 'no port takes mail: neither submission nor HTTP listens',
          remedy: 'set submission.listen, submission.listen_tls or http.listen, then restart relayd',
        },
};

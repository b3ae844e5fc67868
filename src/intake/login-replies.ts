/** Replies about authentication. RFC 4954 §6. */
import { reply } from '../smtp/server/replies.ts';

export const AUTH_REQUIRED_IN_CLEAR = reply(
  530,
  '5.7.0',
  'Authentication required: issue STARTTLS, then AUTH with a credential (made with: relayctl credential add)',
);
export const AUTH_REQUIRED = reply(
  530,
  '5.7.0',
  'Authentication required: AUTH with a credential first (made with: relayctl credential add)',
);
/** The session's credential was revoked, has expired, or has another secret. */
export const CREDENTIAL_GONE = reply(421, '4.7.0', 'This credential is no longer valid, closing');
export const NETWORK_NEEDS_TLS = reply(530, '5.7.0', 'Must issue a STARTTLS command first');
/** One text for unknown, wrong, revoked and expired, so that nobody learns which. */
export const BAD_CREDENTIAL = reply(535, '5.7.8', 'Authentication credentials invalid');
/** EXTERNAL, and nothing to go by. RFC 4422 appendix A.2. */
export const NO_CERTIFICATE = reply(
  535,
  '5.7.8',
  'No client certificate was shown in the TLS handshake; fix: give the client a certificate with its key, and add it with: ' +
    'relayctl credential add --certificate FILE',
);
export const AUTH_UNAVAILABLE = reply(
  454,
  '4.7.0',
  'Temporary authentication failure: credentials cannot be looked up',
);
export const AUTHENTICATED = reply(235, '2.7.0', 'Authentication successful');

/** Why there is no certificate, for an operator: one sentence with what the authority said, and what to do. */
import { AcmeProblem, oneLine } from './acme-problem.ts';
import { HttpsError } from './https-request.ts';
import type { OrderFailure, OrderRequest } from './order-contract.ts';

/** What is ours of it, and the authority's. */
const MOST_CHARS = 500;

export type FailedOrder = Pick<OrderRequest, 'name' | 'directory' | 'challenges'>;

/** Whatever the authority put into it, `detail` is one line of a bounded length. */
export function failureOf(error: unknown, order: FailedOrder): OrderFailure {
  const failure = wordsFor(error, order);
  return { ...failure, detail: oneLine(failure.detail, MOST_CHARS) };
}

function wordsFor(error: unknown, order: FailedOrder): OrderFailure {
  if (error instanceof HttpsError) return noAnswer(error, order);
  if (!(error instanceof AcmeProblem))
    return {
      problem: 'internal',
      detail: `internal error: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'it is tried again; report it when it stays so',
    };
  const { type, detail } = error.problem;
  const [said, remedy] = wordsOf(type, order);
  return { problem: type, detail: `${said}: ${detail}`, remedy, retryAfterMs: error.retryAfterMs };
}

function noAnswer({ code, message }: HttpsError, { directory }: FailedOrder): OrderFailure {
  if (code === 'untrusted')
    return {
      problem: code,
      detail: `the authority's own certificate is not trusted: ${message}`,
      remedy: `an authority of your own is named in acme.ca (PEM of its root); else see whether acme.directory is right and this machine's clock too`,
    };
  return {
    problem: code,
    detail: `the authority cannot be asked: ${message}`,
    remedy: `it is tried again by itself; see whether this machine reaches it: curl ${directory}`,
  };
}

/** What the authority means, then the remedy. RFC 8555 §6.7. */
function wordsOf(type: string, order: FailedOrder): readonly [string, string] {
  const { name, directory } = order;
  const authority = URL.parse(directory)?.hostname ?? directory;
  const tryAgain = `then: relayctl certificate renew ${name}`;
  switch (type) {
    case 'connection':
      return [`the authority could not connect to ${name}`, `${reach(order)}; ${tryAgain}`];
    case 'dns':
      return [
        `the authority found no address of ${name} in DNS`,
        `publish an A (or AAAA) record of ${name} with the address of this machine; ${tryAgain}`,
      ];
    case 'unauthorized':
    case 'incorrectResponse':
      return [
        `another server answered at ${name}, or the authority refuses the account`,
        `see that every A and AAAA record of ${name} leads to this machine; ${reach(order)}; ${tryAgain}`,
      ];
    case 'tls':
      return [
        `the authority had no TLS with ${name}`,
        `no proxy may end TLS before http.listen_tls; or use acme.listen and port 80; ${tryAgain}`,
      ];
    case 'caa':
      return [
        `a CAA record forbids this authority for ${name}`,
        `add a CAA record to ${name} or its parent that names it (Let's Encrypt: 0 issue "letsencrypt.org"); ${tryAgain}`,
      ];
    case 'rateLimited':
      return [
        `the authority takes no more orders for now`,
        'wait: the next order is at the time that it named',
      ];
    case 'rejectedIdentifier':
    case 'unsupportedIdentifier':
      return [
        `the authority gives no certificate for ${name}`,
        `take ${name} out of acme.names, or ask another authority`,
      ];
    case 'invalidContact':
    case 'unsupportedContact':
      return [
        'the authority refuses acme.contact',
        'set acme.contact to an address that takes mail, or leave it out',
      ];
    case 'externalAccountRequired':
      return [
        `${authority} takes only accounts that were opened at its site (external account binding), which Postern cannot use`,
        'set acme.directory to another authority, or use certbot and tls.cert: docs/certificates.md',
      ];
    case 'userActionRequired':
      return [
        'the authority wants its new terms of service to be agreed to',
        `read them at ${authority}, ${tryAgain}`,
      ];
    case 'no-challenge':
      return [
        'the authority offers no challenge that can be answered here',
        order.challenges.includes('http-01')
          ? 'set acme.directory to an authority with HTTP-01, or use certbot and tls.cert: docs/certificates.md'
          : 'set acme.listen, which HTTP-01 needs',
      ];
    case 'no-directory':
      return ['acme.directory is wrong', "correct it: Let's Encrypt's is the default"];
    default:
      return ['the authority refused', `it is tried again by itself; see the status page of ${authority}`];
  }
}

function reach({ name, challenges }: FailedOrder): string {
  return challenges[0] === 'http-01'
    ? `port 80 of ${name} has to lead to acme.listen: firewall, provider, port forwarding (from elsewhere: curl -i http://${name}/.well-known/acme-challenge/x says 404)`
    : `port 443 of ${name} has to lead to http.listen_tls: firewall, provider, port forwarding`;
}

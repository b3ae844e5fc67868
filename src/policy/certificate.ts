/**
 * What is wrong with the server's certificate, in words that name the file and the remedy. Facts in, problems out: the start,
 * status, the metrics and `config check` all say these. smtp/server/tls-context.ts reads the files.
 *
 * - What leaves no certificate to serve with (unreadable, malformed, another key) refuses the start, and while the relay
 *   runs leaves the old one in use.
 * - What clients may refuse (expired, not yet valid, another name) is served all the same: those that do not look go on.
 */
import { shellWord } from '../platform/shell-word.ts';
import { DAY_MS } from '../platform/time-units.ts';

/** What is said of a certificate that could be read. */
export interface Certificate {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** In the subjectAltName, as they stand there: DNS names and addresses. RFC 5280 §4.2.1.6. */
  readonly names: readonly string[];
  /** One of them covers `hostname`. RFC 9525 §6.3. */
  readonly coversHostname: boolean;
}

/** Why the files give no certificate to serve with. */
export interface CertificateFailure {
  /** `mismatch`: the key belongs to another certificate. */
  readonly kind: 'unreadable' | 'malformed' | 'mismatch';
  /** The one that is to blame; of `mismatch` the key. */
  readonly file: string;
  /** Of `unreadable`: the system's, such as `EACCES`. Of `malformed`: OpenSSL's, where it has one. */
  readonly code?: string | undefined;
}

export interface CertificateFacts {
  /** `tls.cert` and `tls.key`; `undefined`: self-signed, made by the relay. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly hostname: string;
  /** Who runs relayd: a name or a number. */
  readonly user: string;
  /** In use, or what the files hold. `undefined`: none. */
  readonly certificate: Certificate | undefined;
  /** Of the last reading of the files. */
  readonly failure: CertificateFailure | undefined;
  /** By ACME (`acme.enabled`), each name; `undefined`: it is off. `certificate` is then one of these, or self-signed. */
  readonly issued?: readonly IssuedFacts[] | undefined;
}

/** A host name of `acme.names`, and what came of its orders. */
export interface IssuedFacts {
  readonly name: string;
  /** `undefined`: none yet. */
  readonly certificate: Pick<Certificate, 'notBeforeMs' | 'notAfterMs'> | undefined;
  /** Of the last order, when it failed; one line each. */
  readonly failure: { readonly detail: string; readonly remedy: string } | undefined;
  /** When the next order is due; it may be past. */
  readonly nextOrderMs: number;
}

export const CERTIFICATE_PROBLEMS = [
  'unreadable',
  'malformed',
  'mismatch',
  'not-issued',
  'expired',
  'expires-soon',
  'not-yet-valid',
  'wrong-name',
] as const;

export interface CertificateProblem {
  readonly problem: (typeof CERTIFICATE_PROBLEMS)[number];
  /** relayd does not start with it. */
  readonly refusesStart: boolean;
  /** One line. */
  readonly detail: string;
  /** What to do, with the commands; one line. */
  readonly remedy: string;
}

/** Renewal is due with a third of the time left, at most authorities: with a sixth left it has failed for a while. */
const SOON_PART = 1 / 6;
const SOON_AT_MOST_MS = 14 * DAY_MS;
const NAMES_SHOWN = 5;
/** Where a copy goes that relayd may read. */
const COPY_FOLDER = '/etc/postern/tls';

/** Nothing: all is well. What refuses the start comes first. */
export function certificateProblems(facts: CertificateFacts, nowMs: number): readonly CertificateProblem[] {
  const { failure, certificate } = facts;
  const problems: CertificateProblem[] = [];
  if (failure !== undefined)
    problems.push({ problem: failure.kind, refusesStart: true, ...failureWords(failure, facts) });
  if (facts.issued !== undefined) problems.push(...issuedProblems(facts, facts.issued, nowMs));
  else if (certificate !== undefined) problems.push(...ownProblems(facts, certificate, nowMs));
  return problems;
}

/** Of certificates that come by ACME, each renewed by itself: what is wrong is that this failed. */
function issuedProblems(
  facts: CertificateFacts,
  issued: readonly IssuedFacts[],
  nowMs: number,
): readonly CertificateProblem[] {
  const problems: CertificateProblem[] = [];
  for (const { name, certificate, failure } of issued) {
    const because = failure === undefined ? '' : `: ${failure.detail}`;
    const remedy = failure?.remedy ?? `relayctl certificate renew ${name}, and see what it says`;
    const say = (problem: CertificateProblem['problem'], detail: string) =>
      problems.push({ problem, refusesStart: false, detail: `${detail}${because}`, remedy });
    if (certificate === undefined) {
      if (failure !== undefined) say('not-issued', `there is no certificate for ${name}`);
    } else if (nowMs >= certificate.notAfterMs)
      say(
        'expired',
        `the certificate for ${name} expired on ${day(certificate.notAfterMs)}, and clients that check it refuse TLS`,
      );
    else if (isSoon(certificate, nowMs))
      say(
        'expires-soon',
        `the certificate for ${name} expires on ${day(certificate.notAfterMs)} and was not renewed`,
      );
  }
  const served = facts.certificate;
  if (served !== undefined && !served.coversHostname && issued.some(({ certificate }) => certificate))
    problems.push({
      problem: 'wrong-name',
      refusesStart: false,
      detail: `no certificate is for ${facts.hostname}: clients that do not name a host get the one for ${served.names.slice(0, NAMES_SHOWN).join(', ')}`,
      remedy: `add ${facts.hostname} to acme.names, or take acme.names away`,
    });
  return problems;
}

function ownProblems(
  facts: CertificateFacts,
  certificate: Certificate,
  nowMs: number,
): readonly CertificateProblem[] {
  const problems: CertificateProblem[] = [];
  const { notBeforeMs, notAfterMs } = certificate;
  const which = `the certificate ${facts.cert ?? 'that relayd made'}`;
  const say = (problem: CertificateProblem['problem'], detail: string, remedy: string) =>
    problems.push({ problem, refusesStart: false, detail: `${which} ${detail}`, remedy });
  if (nowMs >= notAfterMs)
    say('expired', `expired on ${day(notAfterMs)}: clients that check it refuse TLS`, renewal(facts));
  else if (nowMs < notBeforeMs)
    say(
      'not-yet-valid',
      `is not valid before ${new Date(notBeforeMs).toISOString()}: clients that check it refuse TLS`,
      `this machine's clock says ${new Date(nowMs).toISOString()}: set it right, or wait`,
    );
  else if (isSoon(certificate, nowMs))
    say('expires-soon', `expires on ${day(notAfterMs)} and was not renewed`, renewal(facts));
  if (!certificate.coversHostname)
    say('wrong-name', wrongName(certificate, facts), nameRemedy(certificate, facts));
  return problems;
}

function isSoon({ notBeforeMs, notAfterMs }: Pick<Certificate, 'notBeforeMs' | 'notAfterMs'>, nowMs: number) {
  return notAfterMs - nowMs < Math.min(SOON_AT_MOST_MS, (notAfterMs - notBeforeMs) * SOON_PART);
}

/** One line: what is wrong and the remedy. */
export function problemLine({ detail, remedy }: Pick<CertificateProblem, 'detail' | 'remedy'>): string {
  return `${detail}; fix: ${remedy}`;
}

/** Of one failure: for whoever has no certificate to go on with. */
export function failureWords(
  { kind, file, code }: CertificateFailure,
  facts: Pick<CertificateFacts, 'cert' | 'key' | 'user'>,
): Pick<CertificateProblem, 'detail' | 'remedy'> {
  if (kind === 'mismatch')
    return {
      detail: `the key in ${file} does not belong to the certificate in ${facts.cert ?? file}`,
      remedy: 'put certificate and key of the same renewal in place; relayd looks again within a minute',
    };
  if (kind === 'malformed')
    return {
      detail: `${file} holds no ${file === facts.key ? 'private key' : 'certificate'} that can be used${code === undefined ? '' : ` (${code})`}`,
      remedy:
        file === facts.key
          ? 'a key in PEM without a passphrase is expected (BEGIN PRIVATE KEY), RSA of 2048 bits or more, or ECDSA'
          : 'PEM is expected (BEGIN CERTIFICATE): the certificate first, then the intermediates, as fullchain.pem has them',
    };
  if (code === 'ENOENT')
    return { detail: `there is no file ${file}`, remedy: 'put it there, or correct tls.cert and tls.key' };
  if (code === 'EACCES' || code === 'EPERM')
    return {
      detail: `${file} cannot be read by the user ${facts.user}`,
      remedy: accessRemedy(file, facts.user),
    };
  return {
    detail: `${file} cannot be read (${code ?? 'no reason given'})`,
    remedy: 'look at the file and its disk',
  };
}

/**
 * certbot keeps live/ and archive/ for root alone, and every key of the machine in them: a copy of the one is given away, at
 * each renewal. The hook hears of all certificates.
 */
function accessRemedy(file: string, user: string): string {
  const lineage = /^(.*\/letsencrypt)\/(?:live|archive)\/([^/]+)\//.exec(file);
  if (lineage === null)
    return `as root, chown ${shellWord(user)} ${shellWord(file)} && chmod 600 ${shellWord(file)}, and chmod o+x the folders above it that others may not enter`;
  const [, root = '', name = ''] = lineage;
  const live = shellWord(`${root}/live/${name}`);
  const hook = shellWord(`${root}/renewal-hooks/deploy/postern`);
  const owner = shellWord(user);
  const script = [
    '#!/bin/sh -e',
    `[ "$RENEWED_LINEAGE" = ${live} ] || exit 0`,
    `install -d -m 700 -o ${owner} ${COPY_FOLDER}`,
    `install -m 600 -o ${owner} "$RENEWED_LINEAGE"/fullchain.pem "$RENEWED_LINEAGE"/privkey.pem ${COPY_FOLDER}/`,
  ];
  return (
    `Let's Encrypt's keys are for root alone; as root, have a copy made now and at each renewal: ` +
    `printf '%s\\n' ${script.map(shellWord).join(' ')} > ${hook} && chmod 755 ${hook} && RENEWED_LINEAGE=${live} ${hook}; ` +
    `then set tls.cert = "${COPY_FOLDER}/fullchain.pem" and tls.key = "${COPY_FOLDER}/privkey.pem"`
  );
}

function renewal({ cert }: CertificateFacts): string {
  if (cert === undefined) return 'restart relayd: it makes a new one';
  return `renew it (certbot: as root, certbot renew) and put it in place of ${cert} with its key; relayd takes it within a minute`;
}

function wrongName({ names }: Certificate, { hostname }: CertificateFacts): string {
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  const has =
    names.length === 0 ? 'no name in its subjectAltName' : `${names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
  return `is not for ${hostname}: it has ${has}`;
}

function nameRemedy({ names }: Certificate, { cert, hostname }: CertificateFacts): string {
  if (cert === undefined) return 'restart relayd: it makes a new one';
  const own = names.find((name) => !name.includes('*') && !name.includes(':') && !/^[\d.]+$/.test(name));
  const other = own === undefined ? '' : `, or, if clients connect to ${own}, set hostname = "${own}"`;
  return `get a certificate for ${hostname}${other}`;
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** The page that `relayctl status` shows: the relay, its checks, the queue, and what is to be remarked. */
import { visible } from '../../platform/visible-text.ts';
import type { TimedResult } from '../../policy/checks/since.ts';
import type { DestinationView } from '../../store/views.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { HttpListener, RunningRelay, SubmissionListener } from '../program/services.ts';
import { wrap } from '../output/display-width.ts';
import { span } from '../output/time-words.ts';
import { renderChecks } from './check-view.ts';
import { renderDestinations, waitingCount } from './destination-view.ts';

export interface StatusFacts {
  readonly relay: RunningRelay | undefined;
  /** `null`: none, the defaults hold. */
  readonly configFile: string | null;
  readonly checks: readonly TimedResult[];
  readonly queue: string;
  /** Those to show, where one of them has mail that waits. */
  readonly destinations: readonly DestinationView[];
  readonly remarks: readonly string[];
}

/** Lines without a line end behind the last. */
export function renderStatus(
  context: CommandContext,
  { relay, configFile, checks, queue, destinations, remarks }: StatusFacts,
): string {
  const lines = [
    ...(relay === undefined ? [] : [relayLines(context, relay)]),
    visible(`  configuration: ${configFile ?? 'no file, the defaults'}; data in ${context.config.dataDir}`),
    renderChecks(context, checks),
    `  queue: ${queue}`,
  ];
  if (destinations.some((row) => waitingCount(row) > 0))
    lines.push('', renderDestinations(context, destinations).trimEnd());
  if (remarks.length > 0) lines.push('', ...remarks.map((remark) => remarkLines(context, remark)));
  return lines.join('\n');
}

function remarkLines({ io, paint }: CommandContext, remark: string): string {
  const lines = wrap(visible(remark), (io.columns ?? 100) - 2);
  return lines.map((line, index) => `${index === 0 ? paint.warn('!') : ' '} ${line}`).join('\n');
}

function relayLines({ paint, nowMs }: CommandContext, relay: RunningRelay): string {
  const up = span(nowMs - relay.startedAtMs);
  const head = `${paint.good(paint.sign.good)} relayd ${relay.version} is up for ${up} (pid ${relay.pid}) as ${paint.bold(relay.hostname)}`;
  const submission = relay.submission.map(listenerWords).join(', ');
  const inbound = (relay.inbound ?? []).map(listenerWords).join(', ');
  const http = (relay.http ?? []).map(urlWords).join(', ');
  const links = (relay.public ?? []).map(urlWords).join(', ');
  const acme = (relay.acme ?? []).map(addressWords).join(', ');
  const lines = [
    submission === '' ? undefined : `  submission: ${submission}`,
    inbound === '' ? undefined : `  inbound: ${inbound}`,
    http === '' ? undefined : `  API: ${http}`,
    links === '' ? undefined : `  links in mail: ${links}`,
    acme === '' ? undefined : `  ACME challenges: ${acme}`,
  ];
  return [head, ...lines.filter((line) => line !== undefined)].join('\n');
}

function listenerWords({ host, port, tls, certificates }: SubmissionListener): string {
  const how =
    certificates === true ? 'TLS with client certificates' : tls === 'starttls' ? 'STARTTLS' : 'TLS';
  return `${addressWords({ host, port })} ${how}`;
}

function urlWords(at: HttpListener): string {
  return `${at.tls ? 'https' : 'http'}://${addressWords(at)}`;
}

function addressWords({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

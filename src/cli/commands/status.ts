/** `relayctl status`: is it up, what waits, what is wrong. */
import type { HealthState } from '../../store/health.ts';
import type { QueueSummary } from '../../store/records.ts';
import type { Webhook } from '../../store/webhooks.ts';
import { webhookWarning } from '../webhook-view.ts';
import { StoreError } from '../../store/errors.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandSpec } from '../command-spec.ts';
import { obstacleWords, renderDestinations, waitingCount, withholdingWords } from '../destination-view.ts';
import { healthWarning } from '../health-view.ts';
import { wrap } from '../output/display-width.ts';
import { visible } from '../../platform/visible-text.ts';
import { span } from '../output/time-words.ts';
import type { RunningRelay, SubmissionListener } from '../services.ts';
import { EMPTY_QUEUE, queueShape } from '../shapes/queue-shape.ts';
import { queueLine } from './queue-summary.ts';

export const status: CommandSpec = {
  path: 'status',
  summary: 'Say whether relayd is up, what waits, and what is wrong',
  details: 'Exits with 0 whether relayd runs or not; with --json, `running` says it.',
  examples: [
    { type: 'status', does: 'the first thing to type' },
    { type: 'status --json | jq .running', does: 'true or false, for a script' },
  ],
  run: showStatus,
};

const DESTINATIONS_SHOWN = 10;
const DESTINATIONS_CHECKED = 200;

function showStatus(context: CommandContext): void {
  const { services, config, nowMs } = context;
  const relay = services.runningRelay(config);
  const { summary, health, webhooks, trouble, hasStore } = readQueue(context);
  const shown = { ...summary, destinations: summary.destinations.slice(0, DESTINATIONS_SHOWN) };
  const hooks = webhooks
    .map((webhook) => webhookWarning(webhook, nowMs))
    .filter((words) => words !== undefined);
  const warnings = [...trouble, ...findWarnings(context, relay, summary, health, hasStore), ...hooks];
  if (context.global.json) {
    context.printJson({
      running: relay !== undefined,
      version: relay?.version ?? services.version,
      uptime_ms: relay === undefined ? null : Math.max(0, nowMs - relay.startedAtMs),
      pid: relay?.pid ?? null,
      hostname: relay?.hostname ?? config.hostname,
      listeners: (relay?.submission ?? []).map(({ host, port, tls }) => ({ host, port, tls })),
      inbound: (relay?.inbound ?? []).map(({ host, port, tls }) => ({ host, port, tls })),
      http: (relay?.http ?? []).map(({ host, port, tls }) => ({ host, port, tls })),
      queue: queueShape(shown),
      warnings,
    });
    return;
  }
  const { paint } = context;
  context.print(relayLine(context, relay));
  context.print(`  queue: ${queueLine(summary, nowMs)}`);
  if (shown.destinations.some((row) => waitingCount(row) > 0))
    context.print('\n' + renderDestinations(context, shown.destinations));
  // The first line has said whether it runs.
  const remarks = warnings.filter((warning) => warning !== notRunning(context));
  if (remarks.length > 0) context.print('');
  for (const warning of remarks) {
    const lines = wrap(visible(warning), (context.io.columns ?? 100) - 2);
    context.print(lines.map((line, index) => `${index === 0 ? paint.warn('!') : ' '} ${line}`).join('\n'));
  }
}

function readQueue(context: CommandContext): {
  readonly summary: QueueSummary;
  readonly health: readonly HealthState[];
  readonly webhooks: readonly Webhook[];
  readonly trouble: readonly string[];
  readonly hasStore: boolean;
} {
  const nothing = { summary: EMPTY_QUEUE, health: [], webhooks: [] };
  try {
    if (!context.services.storeExists(context.config))
      return {
        ...nothing,
        hasStore: false,
        trouble: [`there is no store in ${context.config.dataDir} yet: start relayd`],
      };
    const { reader } = context;
    return {
      summary: reader.summary(DESTINATIONS_CHECKED),
      health: reader.healthStates(),
      webhooks: reader.listWebhooks(undefined),
      trouble: context.services.rightsWarnings(context.loaded),
      hasStore: true,
    };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const trouble =
      error.code === 'unsafe' ? error.message.split('\n') : [`the store cannot be read: ${error.message}`];
    return { ...nothing, trouble, hasStore: true };
  }
}

function findWarnings(
  context: CommandContext,
  relay: RunningRelay | undefined,
  summary: QueueSummary,
  health: readonly HealthState[],
  hasStore: boolean,
): readonly string[] {
  const warnings = [...context.loaded.warnings];
  if (relay === undefined && hasStore) warnings.push(notRunning(context));
  if (relay !== undefined && relay.version !== context.services.version)
    warnings.push(
      `relayd is version ${relay.version}, this relayctl ${context.services.version}: restart relayd`,
    );
  for (const state of health) warnings.push(healthWarning(state, context.nowMs));
  for (const row of summary.destinations) {
    const withheld = withholdingWords(row, context.nowMs);
    if (withheld !== undefined) warnings.push(withheld);
    const obstacle = waitingCount(row) === 0 ? undefined : obstacleWords(row, context.nowMs);
    if (obstacle !== undefined) warnings.push(obstacle);
  }
  return warnings;
}

function notRunning({ config }: CommandContext): string {
  return `relayd is not running on ${config.dataDir}: nothing is accepted or delivered`;
}

function relayLine({ paint, nowMs, config }: CommandContext, relay: RunningRelay | undefined): string {
  if (relay === undefined) return `${paint.bad(paint.sign.bad)} relayd is not running on ${config.dataDir}`;
  const up = span(nowMs - relay.startedAtMs);
  const head = `${paint.good(paint.sign.good)} relayd ${relay.version} is up for ${up} (pid ${relay.pid}) as ${paint.bold(relay.hostname)}`;
  const submission = relay.submission.map(listenerWords).join(', ');
  const inbound = (relay.inbound ?? []).map(listenerWords).join(', ');
  const http = (relay.http ?? [])
    .map((at) => `${at.tls ? 'https' : 'http'}://${addressWords(at)}`)
    .join(', ');
  const lines = [
    submission === '' ? undefined : `  submission: ${submission}`,
    inbound === '' ? undefined : `  inbound: ${inbound}`,
    http === '' ? undefined : `  API: ${http}`,
  ];
  return [head, ...lines.filter((line) => line !== undefined)].join('\n');
}

function listenerWords({ host, port, tls }: SubmissionListener): string {
  return `${addressWords({ host, port })} ${tls === 'starttls' ? 'STARTTLS' : 'TLS'}`;
}

function addressWords({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * `relayctl status`: is it up, what waits, what is wrong. What cannot be told is said to be unknown: an empty queue is shown
 * only where one was read.
 */
import { timestamp } from '../../api-json/timestamp.ts';
import { ConfigError } from '../../config/config-error.ts';
import { NO_PORTS } from '../../config/load.ts';
import type { HealthState } from '../../store/health.ts';
import type { DatabaseState, NodeView } from '../../store/fleet.ts';
import type { SearchStanding } from '../../store/search.ts';
import type { DestinationView, QueueSummary } from '../../store/views.ts';
import type { Webhook } from '../../store/webhooks.ts';
import type { StoreFacts } from '../../policy/checks/store.ts';
import { checkJson } from '../views/check-view.ts';
import type { ExitCode } from '../program/cli-failure.ts';
import { viewRelay, type RelayView } from '../own-checks.ts';
import { webhookWarning } from '../views/webhook-view.ts';
import { StoreError } from '../../store/errors.ts';
import type { CommandContext } from '../program/command-context.ts';
import { whatStands } from '../what-stands.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import {
  isBlocked,
  obstacleWords,
  troubleOf,
  waitingCount,
  withholdingWords,
  type ExplainedTrouble,
} from '../views/destination-view.ts';
import { healthWarning } from '../views/health-view.ts';
import type { RunningRelay } from '../program/services.ts';
import { databaseStateJson as databaseJson, nodeJson } from '../json/node-json.ts';
import { queueJson } from '../../api-json/queue-json.ts';
import { renderStatus } from '../views/status-page.ts';
import { watchStatus, type StatusPage } from '../views/status-watch.ts';
import { fullTime } from '../output/time-words.ts';
import { MINUTE_MS } from '../../platform/time-units.ts';
import { queueLine } from './queue-summary.ts';

export const status: CommandSpec = {
  path: 'status',
  summary: 'Show whether relayd is up, its checks, the queue and problems',
  details:
    'relayd is asked over its socket, relayd.sock in the data folder: the checks are those of /readyz. Without it relayctl ' +
    'says so, and checks what it can by itself.\n\n' +
    'Exit code 0: all checks passed; 1: one of them failed; 3: relayd is down or the store cannot be read, so that the rest ' +
    'cannot be told. Warnings, such as a destination that fails, leave it at 0.',
  options: [{ flags: '-w, --watch', meaning: 'look again every two seconds, until interrupted' }],
  examples: [
    { type: 'status', does: 'state, checks and queue' },
    { type: 'status --watch', does: 'the same, kept up to date on the screen' },
    { type: "status --json | jq '.checks[] | select(.ok | not)'", does: 'what is wrong, for a script' },
  ],
  run: showStatus,
};

const DESTINATIONS_SHOWN = 10;
const DESTINATIONS_CHECKED = 200;

async function showStatus(context: CommandContext, { options }: CommandInput): Promise<void> {
  const look = () => lookAtStatus(context);
  if (options.flag('watch')) {
    await watchStatus(context, look);
    return;
  }
  const { exitCode, json, text } = await look();
  context.exitCode = exitCode;
  if (context.global.json) context.printJson(json);
  else context.print(text);
}

async function lookAtStatus(context: CommandContext): Promise<StatusPage> {
  const { services, config, nowMs } = context;
  const read = await readStore(context);
  const { state, pid, checks } = await viewRelay(context, outcomeOf(read));
  const relay = state === 'down' ? undefined : services.runningRelay(config);
  const summary = read.kind === 'read' ? read.summary : undefined;
  const shown = summary && { ...summary, destinations: summary.destinations.slice(0, DESTINATIONS_SHOWN) };
  const troubles = read.kind === 'read' ? [] : read.trouble;
  const warnings = [
    ...troubles,
    ...(state === 'down' && read.kind !== 'no-store' ? [notRunning(context)] : []),
    ...(await findWarnings(context, relay, read)),
  ];
  return {
    exitCode: exitCodeOf(state, read, checks),
    json: {
      running: state !== 'down',
      version: relay?.version ?? services.version,
      uptime_ms: relay === undefined ? null : Math.max(0, nowMs - relay.startedAtMs),
      pid: pid ?? null,
      hostname: relay?.hostname ?? config.hostname,
      config_file: configFileOf(context, relay),
      listeners: (relay?.submission ?? []).map(({ host, port, tls }) => ({ host, port, tls })),
      inbound: (relay?.inbound ?? []).map(({ host, port, tls }) => ({ host, port, tls })),
      http: (relay?.http ?? []).map(({ host, port, tls }) => ({ host, port, tls })),
      public: (relay?.public ?? []).map(({ host, port, tls }) => ({ host, port, tls })),
      acme: (relay?.acme ?? []).map(({ host, port }) => ({ host, port })),
      queue: shown === undefined ? null : queueJson(shown),
      warnings,
      checks: checks.map(checkJson),
      nodes: read.kind === 'read' ? read.nodes.map(nodeJson) : [],
      database: read.kind === 'read' ? databaseJson(read.database) : null,
      search: read.kind === 'read' ? searchJson(read.search) : null,
    },
    text: renderStatus(context, {
      relay,
      configFile: configFileOf(context, relay),
      checks,
      queue: queueWords(read, nowMs),
      destinations: shown?.destinations ?? [],
      // The checks have said that it does not run, and why the store cannot be read.
      remarks: [
        ...warnings.filter((warning) => ![notRunning(context), ...saidByChecks(read)].includes(warning)),
        ...(read.kind === 'read' ? searchRemark(read.search, nowMs) : []),
      ],
    }),
  };
}

/** `back_to`: messages accepted before this time are not indexed yet; null: all are. */
function searchJson({ behind, backToMs }: SearchStanding): object {
  return { behind, back_to: timestamp(backToMs) };
}

/** While the messages of an earlier release are indexed; the first minute is not worth a word. */
function searchRemark({ backToMs }: SearchStanding, nowMs: number): readonly string[] {
  if (backToMs === undefined || backToMs > nowMs - MINUTE_MS) return [];
  return [`the search index is being filled: it has messages back to ${fullTime(backToMs)}`];
}

function queueWords(read: StoreRead, nowMs: number): string {
  if (read.kind === 'read') return queueLine(read.summary, nowMs);
  return read.kind === 'no-store' ? 'there is no store yet' : 'unknown: the store cannot be read';
}

function saidByChecks(read: StoreRead): readonly string[] {
  return read.kind === 'unreadable' && read.code !== 'unsafe' ? read.trouble : [];
}

function exitCodeOf(state: RelayView['state'], read: StoreRead, checks: RelayView['checks']): ExitCode {
  if (state === 'down' || state === 'silent' || read.kind !== 'read') return 3;
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

type StoreRead =
  | {
      readonly kind: 'read';
      readonly summary: QueueSummary;
      readonly health: readonly HealthState[];
      readonly webhooks: readonly Webhook[];
      readonly rights: readonly string[];
      readonly stands: readonly string[];
      readonly nodes: readonly NodeView[];
      readonly database: DatabaseState | undefined;
      readonly search: SearchStanding;
    }
  | { readonly kind: 'no-store'; readonly trouble: readonly string[] }
  | {
      readonly kind: 'unreadable';
      readonly code: string;
      readonly message: string;
      readonly trouble: readonly string[];
    };

async function readStore(context: CommandContext): Promise<StoreRead> {
  try {
    if (!context.services.storeExists(context.config))
      return {
        kind: 'no-store',
        trouble: [`there is no store in ${context.config.dataDir} yet: start relayd`],
      };
    const { reader } = context;
    return {
      kind: 'read',
      summary: await reader.summary(DESTINATIONS_CHECKED),
      health: await reader.healthStates(),
      webhooks: await reader.listWebhooks(undefined),
      rights: context.services.rightsWarnings(context.loaded),
      stands: await whatStands(context),
      nodes: await reader.nodes(),
      database: await reader.databaseState(),
      search: await reader.searchStanding(context.nowMs),
    };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message } = error;
    const trouble = code === 'unsafe' ? message.split('\n') : [`the store cannot be read: ${message}`];
    return { kind: 'unreadable', code, message, trouble };
  }
}

function outcomeOf(read: StoreRead): StoreFacts['outcome'] | undefined {
  switch (read.kind) {
    case 'read':
      return { kind: 'answers' };
    case 'no-store':
      return undefined;
    case 'unreadable': {
      const { code, message } = read;
      return {
        kind: 'failed',
        code,
        message: code === 'unsafe' ? 'other users can get at the data folder' : message,
      };
    }
  }
}

async function findWarnings(
  context: CommandContext,
  relay: RunningRelay | undefined,
  read: StoreRead,
): Promise<readonly string[]> {
  const { loaded, services, nowMs } = context;
  const listens = (relay?.submission.length ?? 0) > 0;
  const warnings = loaded.warnings.filter((warning) => !listens || warning !== NO_PORTS);
  if (relay !== undefined && relay.version !== services.version)
    warnings.push(`relayd is version ${relay.version}, this relayctl ${services.version}: restart relayd`);
  const own = loaded.file ?? null;
  if (relay?.configFile !== undefined && relay.configFile !== own)
    warnings.push(
      `relayd has read ${relay.configFile ?? 'no configuration file'}, this relayctl ${own ?? 'none'}: name the same one with --config`,
    );
  if (read.kind !== 'read') return warnings;
  warnings.push(...read.rights, ...read.health.map((state) => healthWarning(state, nowMs)));
  for (const row of read.summary.destinations) {
    const withheld = withholdingWords(row, nowMs);
    if (withheld !== undefined) warnings.push(withheld);
    const trouble =
      waitingCount(row) > 0 && isBlocked(row, nowMs) ? await explained(context, row) : undefined;
    const obstacle = waitingCount(row) === 0 ? undefined : obstacleWords(row, nowMs, trouble);
    if (obstacle !== undefined) warnings.push(obstacle);
  }
  warnings.push(...read.stands, ...read.nodes.flatMap(nodeWarning));
  const hooks = read.webhooks.map((webhook) => webhookWarning(webhook, nowMs));
  return [...warnings, ...hooks.filter((words) => words !== undefined)];
}

/** Whoever is down without having been told to drain. */
function nodeWarning({ name, state, draining, inHand }: NodeView): readonly string[] {
  if (state !== 'down' || draining) return [];
  const held = inHand === 0 ? '' : `, and others are taking over ${inHand} deliveries`;
  return [`the node ${name} is down${held}: start it, or relayctl node remove ${name}`];
}

/** Rules that cannot be read do not keep the rest from being told. */
async function explained(
  context: CommandContext,
  row: DestinationView,
): Promise<ExplainedTrouble | undefined> {
  try {
    return await troubleOf(context, row);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** What relayd has read, else what would be read here. */
function configFileOf({ loaded }: CommandContext, relay: RunningRelay | undefined): string | null {
  return relay?.configFile === undefined ? (loaded.file ?? null) : relay.configFile;
}

function notRunning({ config }: CommandContext): string {
  return `relayd is not running on ${config.dataDir}: nothing is accepted or delivered`;
}

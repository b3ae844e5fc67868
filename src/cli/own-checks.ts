/**
 * How the relay is, as far as relayctl can tell: what relayd says of itself over its control socket, else what can be seen
 * without it. `status` is the one to ask when something is broken, so nothing that is broken stops it.
 */
import type { Unreachable } from '../control/ask-relayd.ts';
import type { PortsFacts } from '../policy/checks/ports.ts';
import type { RelaydFacts } from '../policy/checks/relayd.ts';
import { lookAtChecks, type CheckFacts } from '../policy/checks/registry.ts';
import type { TimedResult } from '../policy/checks/since.ts';
import type { StoreFacts } from '../policy/checks/store.ts';
import { StoreError } from '../store/errors.ts';
import type { CommandContext } from './program/command-context.ts';

/** Where mail is kept on a disk of this machine. */
async function diskOf({ services, config }: CommandContext) {
  return services.databaseFile(config) === undefined ? undefined : await services.lookAtDisk(config);
}

/** Whether relayd answered, and its checks or ours. */
export interface RelayView {
  /** `unheard`: a process is there that cannot be asked, and may work all the same. `silent`: it should have answered. */
  readonly state: 'heard' | 'unheard' | 'silent' | 'down';
  readonly pid: number | undefined;
  readonly checks: readonly TimedResult[];
}

/** `store`: what came of reading it here; `undefined`: there is none yet. */
export async function viewRelay(
  context: CommandContext,
  store: StoreFacts['outcome'] | undefined,
): Promise<RelayView> {
  const { services, config } = context;
  const said = await ask(context);
  const own = async (relayd?: RelaydFacts) => {
    const facts: CheckFacts = {
      relayd,
      store: store && { file: services.databaseFile(config), outcome: store },
      disk: store && relayd && (await diskOf(context)),
      certificate: relayd && services.certificate(config),
    };
    return lookAtChecks(facts, context.nowMs).map((result) => ({ ...result, sinceMs: undefined }));
  };
  if ('checks' in said) {
    // It may be well, and relayctl may not read it.
    const seen = store?.kind === 'answers' ? [] : await own();
    const checks = said.checks.map((check) => seen.find(({ name }) => name === check.name) ?? check);
    return { state: 'heard', pid: said.pid, checks };
  }
  const pid = services.runningRelay(config)?.pid;
  if (pid === undefined || said.because === 'left-behind')
    return { state: 'down', pid: undefined, checks: await own({ state: 'down', dataDir: config.dataDir }) };
  const state = said.because === 'no-answer' ? 'silent' : 'unheard';
  return { state, pid, checks: await own({ state: 'unheard', pid, ...wordsOf(said) }) };
}

async function ask(
  context: CommandContext,
): Promise<{ readonly pid: number; readonly checks: readonly TimedResult[] } | Unreachable> {
  try {
    const asked = await context.services.ask(context.config, { operation: 'status' });
    if (asked.kind === 'unreachable') return asked;
    if (asked.kind === 'failed')
      return { because: 'no-answer', why: asked.error.message, remedy: 'see the log of relayd' };
    const { pid, checks } = asked.answer;
    return { pid, checks: checks.map((check) => ({ ...check, sinceMs: check.sinceMs })) };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'unsafe')
      return {
        because: 'not-permitted',
        why: 'other users can get at the data folder',
        remedy: 'type the commands that the warnings name',
      };
    throw error;
  }
}

/** For the check `ports`: each is tried, but for those of the relayd that runs here. */
export async function portFacts({ services, config }: CommandContext): Promise<PortsFacts> {
  const running = services.runningRelay(config);
  const { submission = [], inbound = [], http = [], public: links = [], acme = [] } = running ?? {};
  const ours = [...submission, ...inbound, ...http, ...links, ...acme];
  return await services.lookAtPorts(
    config,
    ours.map(({ port }) => port),
  );
}

/** Why a relayd that runs cannot be asked, and what to do. */
export function wordsOf(said: Unreachable): { readonly why: string; readonly remedy: string } {
  if ('why' in said) return { why: said.why, remedy: said.remedy };
  return {
    why: 'its socket, relayd.sock in the data folder, is not there',
    remedy: 'its log says at the start why; restart it when the file was removed',
  };
}

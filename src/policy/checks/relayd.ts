/** Whether relayd runs and answers. */
import type { Check } from './check.ts';

export type RelaydFacts =
  | { readonly state: 'runs' | 'stopping' }
  /** `node`: its name among those that share the store. */
  | { readonly state: 'draining'; readonly node: string }
  | { readonly state: 'down'; readonly dataDir: string }
  /** A process is there, but cannot be asked: `why` in a sentence, `remedy` where there is one. */
  | { readonly state: 'unheard'; readonly pid: number; readonly why: string; readonly remedy: string };

export const relayd: Check<RelaydFacts> = {
  reason: 'the relay is stopping',
  stopsMail: true,
  look(facts) {
    switch (facts.state) {
      case 'runs':
        return { ok: true, detail: 'relayd runs' };
      case 'stopping':
        return {
          ok: false,
          detail: 'relayd is stopping: it takes no more mail',
          remedy: 'start it again when it has ended',
        };
      case 'draining':
        return {
          ok: false,
          detail: 'this node drains: it takes no new mail, and finishes what it has',
          remedy: `to go on: relayctl node drain ${facts.node} --off`,
        };
      case 'down':
        return {
          ok: false,
          detail: `relayd is not running on ${facts.dataDir}: nothing is accepted or delivered`,
          remedy: 'start it: relayd (with the same --config); the end of its log says why it stopped',
        };
      case 'unheard':
        return {
          ok: false,
          detail: `relayd (pid ${facts.pid}) cannot be asked: ${facts.why}`,
          remedy: facts.remedy,
        };
    }
  },
};

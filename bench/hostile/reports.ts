/** Mail to port 25 that is made to hurt its reader, from four networks of strangers at once. */
import { Wire } from '../../test/protocol/support/dialogue.ts';
import { HOSTILE_REPORTS } from '../../test/support/hostile-reports.ts';
import { Answers, type HostileInput, type HostileStage } from './input.ts';

const NETWORKS = 4;
const CONNECTIONS_A_NETWORK = 5;

/** What cost the most before it was bounded, of each kind; `everything` is all that is known, in turn. */
const ALONE = [
  'HTML: blockquotes nested 200 deep',
  'HTML: blockquotes nested 1000 deep',
  'HTML: lists nested 300 deep',
  'HTML: a table of cells',
  'structure: reports in reports',
  'fields: groups',
  'notice: recipients in a row',
  'notice: a dialogue about others',
];

export const INPUTS: readonly HostileInput[] = [
  ...ALONE.map((name) =>
    input(
      name,
      HOSTILE_REPORTS.filter((one) => one.name === name).map(({ make }) => make()),
    ),
  ),
  input(
    'everything',
    HOSTILE_REPORTS.map(({ make }) => make()),
  ),
];

function input(name: string, mails: readonly Buffer[]): HostileInput {
  const dotted = mails.map((mail) => Buffer.from(`${stuffed(mail)}\r\n.\r\n`, 'latin1'));
  return {
    name: `port 25, ${name}`,
    run: async (stage, stop) => {
      const answers = new Answers();
      const strangers = Array.from({ length: NETWORKS * CONNECTIONS_A_NETWORK }, (_, index) =>
        stranger(stage, dotted, index, answers, stop),
      );
      await Promise.all(strangers);
      return answers.counts;
    },
  };
}

function stuffed(mail: Buffer): string {
  return mail.toString('latin1').replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
}

async function stranger(
  { target, feedbackAddress }: HostileStage,
  mails: readonly Buffer[],
  index: number,
  answers: Answers,
  stop: AbortSignal,
): Promise<void> {
  const localAddress = `127.0.${1 + (index % NETWORKS)}.1`;
  const goesOn = () => !stop.aborted;
  for (let next = index; goesOn();) {
    const wire = await Wire.open(target.relay.inboundPort, { localAddress });
    try {
      await wire.reply();
      await wire.command('EHLO stranger.example');
      for (; goesOn(); next++) {
        const mail = await wire.command('MAIL FROM:<>');
        if (!mail.startsWith('250')) {
          answers.count(mail);
          await pause();
          break;
        }
        // To postmaster it is stored too.
        await wire.command(`RCPT TO:<${next % 5 === 0 ? 'postmaster' : feedbackAddress}>`);
        await wire.command('DATA');
        wire.send(mails[next % mails.length] ?? Buffer.alloc(0));
        answers.count(await wire.reply());
      }
    } catch {
      answers.count('no answer');
    } finally {
      wire.destroy();
    }
  }
}

/** A client that is told to wait and comes again at once would measure its own connections. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/** The mail transaction of a connection to the fake MX: MAIL, RCPT, DATA and what the end of data is answered. */
import { dotUnstuffed, type EndOfData } from './fake-mx-content.ts';
import { directiveOf, type Directive } from './fake-mx-directive.ts';
import type { FakeMxAnswer, FakeMxState, ReceivedMessage, ReceivedRecipient } from './fake-mx-options.ts';

/** What a command is answered, and what happens then unless the answer turns out negative or is withheld. */
export interface Response {
  readonly answer: FakeMxAnswer;
  readonly effect?: () => void;
}

type ReceivedSession = Pick<
  ReceivedMessage,
  'tls' | 'helo' | 'connection' | 'clientAddress' | 'clientCertificate' | 'user'
>;

interface Recipient extends ReceivedRecipient {
  readonly directive: Directive;
}

export class FakeMxEnvelope {
  readonly #state: FakeMxState;
  #reversePath: string | undefined;
  #mailParameters: readonly string[] = [];
  #recipients: Recipient[] = [];
  /** Messages taken on this connection. */
  messages = 0;

  constructor(state: FakeMxState) {
    this.#state = state;
  }

  reset(): void {
    this.#reversePath = undefined;
    this.#mailParameters = [];
    this.#recipients = [];
  }

  get dropsInData(): boolean {
    return this.#recipients.some(({ directive }) => directive.final === 'drop-in-data');
  }

  mail(line: string): Response {
    const path = pathOf(line);
    const { maxTransactions = Infinity } = this.#state.options;
    if (this.messages >= maxTransactions) return { answer: '421 4.7.0 enough messages on this connection' };
    if (this.#reversePath !== undefined) return { answer: '503 5.5.1 MAIL was given' };
    if (path === undefined) return { answer: '501 5.1.7 no reverse-path' };
    const effect = () => {
      this.#reversePath = path.address;
      this.#mailParameters = path.parameters;
    };
    return { answer: '250 2.1.0 ok', effect };
  }

  rcpt(line: string): Response {
    const path = pathOf(line);
    if (this.#reversePath === undefined) return { answer: '503 5.5.1 MAIL first' };
    if (path === undefined || path.address === '') return { answer: '501 5.1.3 no forward-path' };
    const directive = directiveOf(path.address);
    return {
      answer: this.#rcptAnswer(path.address, directive),
      effect: () => this.#recipients.push({ ...path, directive }),
    };
  }

  #rcptAnswer(address: string, { rcpt }: Directive): FakeMxAnswer {
    if (rcpt === 'drop' || rcpt === 'silent') return { fault: rcpt };
    if (typeof rcpt === 'object') return rcpt.reply;
    if (rcpt === 'defer-once' && !this.#state.deferredOnce.has(address)) {
      this.#state.deferredOnce.add(address);
      return '451 4.7.1 once, as the address asked';
    }
    return '250 2.1.5 ok';
  }

  data(begin: () => void): Response {
    const { dataWithoutRecipients = '503' } = this.#state.options;
    if (this.#recipients.length === 0 && (dataWithoutRecipients === '503' || this.#reversePath === undefined))
      return { answer: '503 5.5.1 no recipients' };
    return { answer: '354 go ahead', effect: begin };
  }

  /** Ends the transaction. */
  finish(data: EndOfData, session: ReceivedSession): Response {
    const special = this.#recipients.find(({ directive }) => directive.final !== 'accept')?.directive.final;
    const delayMs = Math.max(0, ...this.#recipients.map(({ directive }) => directive.delayMs));
    const { keepContent = true } = this.#state.options;
    const message: Omit<ReceivedMessage, 'acknowledged'> = {
      reversePath: this.#reversePath ?? '',
      parameters: this.#mailParameters,
      recipients: this.#recipients.map(({ address, parameters }) => ({ address, parameters })),
      content: keepContent ? dotUnstuffed(data.content()) : Buffer.alloc(0),
      sizeBytes: data.sizeBytes,
      ...session,
    };
    this.reset();
    if (message.recipients.length === 0) return { answer: '554 5.5.1 no recipients' };
    this.messages++;
    if (special === 'drop' || special === 'silent') {
      this.#state.took({ ...message, acknowledged: false });
      return { answer: { fault: special } };
    }
    const reply = typeof special === 'object' ? special.reply : `250 2.0.0 taken as ${this.messages}`;
    return { answer: { reply, delayMs }, effect: () => this.#state.took({ ...message, acknowledged: true }) };
  }
}

/** The path and the parameters of a MAIL or RCPT line. */
function pathOf(line: string): { address: string; parameters: readonly string[] } | undefined {
  const match = /^(?:MAIL FROM|RCPT TO):\s*<((?:"(?:[^"\\]|\\.)*"|[^"<>])*)>(.*)$/i.exec(line);
  if (match === null) return undefined;
  return { address: match[1] ?? '', parameters: (match[2] ?? '').split(' ').filter((part) => part !== '') };
}

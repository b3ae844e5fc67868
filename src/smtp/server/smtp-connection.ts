/**
 * The verbs of one SMTP connection: what smtp-server hands us is asked of an {@link ServerSession}, and its reply given
 * to the client. Our handlers replace the library's of the same name where those advertise AUTH in clear, echo the
 * client, read no quoted local parts, turn A-labels into Unicode, take unknown parameters, or joke.
 *
 * The library's own envelope is kept only as far as it looks at it: is there a MAIL, is there a RCPT.
 */
import type { SMTPServerAddress } from 'smtp-server';
import type { Reply } from '../reply.ts';
import { Reception } from './reception.ts';
import { readExternal, readLoginName, readLoginPassword, readPlain } from './sasl.ts';
import * as replies from './replies.ts';
import { SmtpChannel } from './smtp-channel.ts';

/** EHLO's argument appears in Received and the log; the library has the same limit. */
const MAX_HELO_LENGTH = 300;
/** The library only checks whether its envelope exists. */
const ASK_USERNAME = 'VXNlcm5hbWU6';
const ASK_PASSWORD = 'UGFzc3dvcmQ6';
const ACCEPTED_PATH: SMTPServerAddress = { address: 'accepted', args: false };

export class Connection extends SmtpChannel {
  #reception: Reception | undefined;

  secured(): void {
    this.dialogue.secured();
  }

  override _onClose(): void {
    this.#reception?.lost();
    super._onClose();
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    if (!this.#readHelo(command, 'EHLO')) {
      callback();
      return;
    }
    const features = ['PIPELINING', `SIZE ${this.owner.maxMessageBytes}`];
    features.push('8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN', ...this.dialogue.extensions);
    if (!this.secure) features.push('STARTTLS');
    else if (this.owner.offersAuth && !this.dialogue.authenticated)
      features.push(`AUTH ${this.#mechanisms.join(' ')}`);
    this._resetSession();
    this.send(250, [this.name, ...features], false);
    callback();
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    if (!this.#readHelo(command, 'HELO')) {
      callback();
      return;
    }
    this._resetSession();
    this.send(250, this.name, false);
    callback();
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (!this.owner.offersAuth) this.say(replies.AUTH_NOT_OFFERED);
    else if (!this.secure) this.say(replies.AUTH_NEEDS_TLS);
    else if (this.dialogue.authenticated) this.say(replies.ALREADY_AUTHENTICATED);
    else if (this.dialogue.inTransaction) this.say(replies.AUTH_IN_TRANSACTION);
    else {
      this.#authenticate(command.toString('latin1').trim().split(/\s+/).slice(1), callback);
      return;
    }
    callback();
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    this.answer(
      () => this.dialogue.mail(command),
      (answer) => {
        if (answer.code === 250) this.session.envelope.mailFrom = ACCEPTED_PATH;
        this.say(answer);
        callback();
      },
    );
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    this.answer(
      () => this.dialogue.rcpt(command),
      (answer) => {
        if (answer.code === 250) this.session.envelope.rcptTo = [ACCEPTED_PATH];
        this.say(answer);
        callback();
      },
    );
  }

  override handler_DATA(_command: Buffer, callback: () => void): void {
    const { parser } = this;
    if (parser === undefined) {
      callback();
      return;
    }
    const outcome = this.dialogue.data({
      pause: () => parser.pauseData(),
      resume: () => parser.resumeData(),
    });
    if ('code' in outcome) {
      this.say(outcome);
      callback();
      return;
    }
    this.#reception = new Reception(outcome, {
      onBroken: (answer) => this.say(answer),
      onBug: (error) => this.owner.onBug(error),
      onEnd: (complete) => {
        this.replyDue = true;
        this.answer(
          () => complete?.end() ?? replies.INTERNAL_ERROR,
          (answer) => this.#endOfData(answer),
        );
      },
    });
    parser.receive(this.#reception);
    this.send(354, 'End data with <CR><LF>.<CR><LF>', false);
    callback();
  }

  override handler_QUIT(_command: Buffer, callback: () => void): void {
    this.send(221, '2.0.0 Bye');
    this.hangUp();
    callback();
  }

  override handler_VRFY(_command: Buffer, callback: () => void): void {
    this.send(252, '2.0.0 Cannot VRFY; send the message and see');
    callback();
  }

  override handler_HELP(_command: Buffer, callback: () => void): void {
    const [auth, rfc] = this.owner.offersAuth ? [' AUTH', ' and RFC 6409'] : ['', ''];
    this.send(214, `2.0.0 EHLO HELO STARTTLS${auth} MAIL RCPT DATA RSET NOOP VRFY QUIT, see RFC 5321${rfc}`);
    callback();
  }

  /** The library finds handlers by name. */
  handler_EXPN(_command: Buffer, callback: () => void): void {
    this.send(502, '5.5.1 EXPN is not offered here');
    callback();
  }

  /** EXTERNAL to those that have shown a certificate: who has none could only fail. RFC 4422 §5. */
  get #mechanisms(): readonly string[] {
    return this.shownCertificate === undefined ? ['PLAIN', 'LOGIN'] : ['EXTERNAL', 'PLAIN', 'LOGIN'];
  }

  #authenticate([mechanism = '', initial, ...more]: readonly string[], callback: () => void): void {
    const refuse = (answer: Reply) => {
      this.say(answer);
      callback();
    };
    if (more.length > 0) {
      refuse(replies.AUTH_SYNTAX);
      return;
    }
    switch (mechanism.toUpperCase()) {
      case 'PLAIN':
        if (initial === undefined) this.#challenge('', (token, done) => this.#plain(token, done), callback);
        else this.#plain(initial, callback);
        return;
      case 'LOGIN':
        if (initial === undefined)
          this.#challenge(ASK_USERNAME, (token, done) => this.#loginName(token, done), callback);
        else this.#loginName(initial, callback);
        return;
      case 'EXTERNAL':
        if (!this.owner.asksCertificate) refuse(replies.AUTH_MECHANISM);
        else if (initial === undefined)
          this.#challenge('', (token, done) => this.#external(token, done), callback);
        else this.#external(initial, callback);
        return;
      default:
        refuse(this.owner.asksCertificate ? replies.AUTH_MECHANISM_WITH_EXTERNAL : replies.AUTH_MECHANISM);
    }
  }

  #plain(token: string, callback: () => void): void {
    const login = readPlain(token);
    if (login === undefined) {
      this.say(replies.AUTH_MALFORMED);
      callback();
      return;
    }
    // No credential has an empty secret: the refusal costs the same work and time as any other.
    const password = login.actsForAnother ? '' : login.password;
    this.#logIn(() => this.dialogue.authenticate(login.username, password), callback);
  }

  #external(token: string, callback: () => void): void {
    const identity = readExternal(token);
    if (identity === undefined) {
      this.say(replies.AUTH_MALFORMED_IDENTITY);
      callback();
      return;
    }
    this.#logIn(() => this.dialogue.authenticateByCertificate(identity), callback);
  }

  #loginName(token: string, callback: () => void): void {
    const username = readLoginName(token);
    if (username === undefined) {
      this.say(replies.AUTH_MALFORMED);
      callback();
      return;
    }
    const withPassword = (answer: string, done: () => void) => {
      const password = readLoginPassword(answer);
      if (password !== undefined) {
        this.#logIn(() => this.dialogue.authenticate(username, password), done);
        return;
      }
      this.say(replies.AUTH_MALFORMED);
      done();
    };
    this.#challenge(ASK_PASSWORD, withPassword, callback);
  }

  /** Sends 334; calls `next` with the client's line, unless it cancels with `*` (RFC 4954 §4). */
  #challenge(text: string, next: (answer: string, done: () => void) => void, callback: () => void): void {
    this._nextHandler = (line: Buffer | string, done: () => void) => {
      const answer = line.toString().trim();
      if (answer !== '*') {
        next(answer, done);
        return;
      }
      this.say(replies.AUTH_ABORTED);
      done();
    };
    this.send(334, text, false);
    callback();
  }

  #logIn(ask: () => Reply | Promise<Reply>, callback: () => void): void {
    this.answer(ask, (answer) => {
      if (answer.code === 235) this.madeProgress();
      this.say(answer);
      callback();
    });
  }

  #endOfData(answer: Reply): void {
    this.replyDue = false;
    this.#reception = undefined;
    if (answer.code === 250) this.madeProgress();
    this.say(answer);
    this._unrecognizedCommands = 0;
    this._resetSession();
    this.parser?.continue();
    const last = this.owner.draining ? replies.SHUTTING_DOWN : this.lastWord;
    if (last !== undefined) this.endWith(last);
  }

  /** Several words are accepted (`EHLO My PC`): nothing depends on a client's name. */
  #readHelo(command: Buffer, verb: string): boolean {
    const name = command.toString().trim().slice(verb.length).trim();
    if (name === '' || name.length > MAX_HELO_LENGTH || /[\x00-\x1f\x7f-\x9f]/.test(name)) {
      this.send(501, `5.5.4 Syntax: ${verb} hostname`);
      return false;
    }
    this.hostNameAppearsAs = name;
    return true;
  }
}

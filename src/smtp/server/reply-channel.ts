/**
 * How smtp-server's connection (3.21.6) sends replies and closes, with the changes this relay needs: exact replies, batched writes.
 *
 * - `send()`: the library takes enhanced status codes from a table. A text that begins with one keeps it, once.
 * Replies of one turn are sent in one write; the library writes each separately.
 * - `upgrade()`: the library wraps a socket in TLS without checking whether it is destroyed, which crashes Node.js
 * 24.
 */
import { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import type { Reply } from '../reply.ts';
import { closingText, STATUS } from './closing-text.ts';
import { DialogueParser } from './dialogue-parser.ts';
import { GatheredReplies } from './gathered-replies.ts';
import { replyLines } from './reply-lines.ts';

export class ReplyChannel extends SMTPConnection {
  readonly #replies = new GatheredReplies();

  /** `undefined`: the connection is gone. */
  protected get parser(): DialogueParser | undefined {
    return this._parser instanceof DialogueParser ? this._parser : undefined;
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const hasStatus = typeof data === 'string' && STATUS.test(data);
    if (code !== 421 && (hasStatus || context === false)) {
      this.#gather(replyLines(code, data ?? ''));
      return;
    }
    // The library's write must follow earlier replies.
    this.#replies.flush();
    // The library looks up an unknown command's name in its table of contexts.
    const about = code === 500 ? undefined : context;
    if (code === 421) super.send(code, closingText(data, this.name), false);
    else if (this._socket.readyState === 'open') super.send(code, data, about);
    else {
      // To a client that has closed its side it says nothing more.
      const status = this._getEnhancedStatusCode(code, about);
      this.#gather(replyLines(code, typeof data === 'string' ? `${status} ${data}`.trim() : (data ?? '')));
    }
  }

  override close(): void {
    this.#replies.flush();
    super.close();
    this.parser?.retire();
  }

  /**
   * The client is done. In clear, once the kernel has the last reply, the socket is closed with both its sides: nothing is left to
   * wait for, and waiting for the client's side costs a tenth of a session.
   */
  protected hangUp(): void {
    this.#replies.flush();
    if (this.secure || this._socket.writableLength > 0) {
      this.close();
      return;
    }
    this._closing = true;
    this._server.connections.delete(this);
    this.parser?.retire();
    this._socket.destroy();
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    // The reply to STARTTLS must be sent before the TLS socket takes the handle.
    this.#replies.flush();
    // Wrapping a destroyed socket crashes Node.js 24.
    if (this._socket.destroyed) return;
    const inClear = this.parser;
    // Who goes away in the middle of a handshake is gone.
    this._socket.allowHalfOpen = false;
    super.upgrade(callback, secureCallback);
    inClear?.retire();
  }

  #gather(lines: string): void {
    // During a TLS handshake a write would corrupt it.
    if (!this._upgrading) this.#replies.add(this._socket, lines);
  }

  protected say({ code, status, text }: Reply): void {
    if (code !== 421 && status !== undefined) this.#gather(replyLines(code, `${status} ${text}`));
    else this.send(code, `${status ?? ''} ${text}`);
  }

  /** Ends the connection with this reply, or without one during a TLS handshake. */
  protected endWith(answer: Reply): void {
    if (this._closing || this._closed) return;
    this.say(answer);
    this.close();
  }
}

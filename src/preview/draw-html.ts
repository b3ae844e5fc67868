/**
 * Writes the HTML of a message anew, from a list of elements and attributes that only draw: no script, no form, no frame, no foreign
 * markup, no address that a browser would fetch, look up or go to. All text is escaped, and every element that is opened is closed,
 * so what a browser reads is what was written here (no mXSS: there is no raw text but harmless-css.ts's). What is made is shown
 * under a policy that would hold without it (http/dashboard/content/document-answer.ts).
 */
import { Parser } from 'htmlparser2';
import { ATTRIBUTES, DROPPED_WHOLE, ELEMENTS, VOID_ELEMENTS } from './drawn-elements.ts';
import { harmlessCss } from './harmless-css.ts';
import { sameImageUrl } from './inline-image.ts';
import type { DrawnHtml, PreviewLink } from './preview.ts';

const MAX_CHARACTERS = 2 * 1024 * 1024;
const MAX_ELEMENTS = 20_000;
const MAX_DEPTH = 100;
const MAX_ATTRIBUTE_CHARACTERS = 10_000;
const MAX_IMAGE_CHARACTERS = 6 * 1024 * 1024;
const MAX_LINKS = 200;
const MAX_LINK_CHARACTERS = 2_000;
const MAX_LINK_TEXT = 200;

/** Dark pages have white paper too: messages are made for it. */
const OWN_STYLE =
  ':root{color-scheme:light;background:#fff;color:#000;font:14px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}' +
  'img{max-width:100%;height:auto}.postern-left-out{border:1px dashed #767676;padding:0 4px;color:#595959}';

/** `imageOf`: the `data:` URL of an image of the message by its Content-ID; `undefined`: it has none that is shown. */
export function drawHtml(html: string, imageOf: (id: string) => string | undefined): DrawnHtml {
  const drawing = new Drawing(imageOf);
  const parser = new Parser(
    {
      onopentag: (name, attributes) => drawing.open(name, attributes),
      onclosetag: (name) => drawing.close(name),
      ontext: (text) => drawing.text(text),
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true, recognizeSelfClosing: false },
  );
  parser.write(html.slice(0, MAX_CHARACTERS));
  parser.end();
  return drawing.finish(html.length > MAX_CHARACTERS);
}

interface OpenElement {
  readonly name: string;
  /** As it is written; `undefined`: its content is drawn without it. */
  readonly written: string | undefined;
}

class Drawing {
  readonly #imageOf: (id: string) => string | undefined;
  readonly #out: string[] = [];
  readonly #open: OpenElement[] = [];
  readonly #links: { text: string; readonly href: string }[] = [];
  /** Of the open link, in `#links`. */
  #link: { text: string } | undefined;
  #css = '';
  #characters = 0;
  #imageCharacters = 0;
  #elements = 0;
  #imagesLeftOut = 0;
  /** In `#open`: the element that is dropped with all that it has. */
  #droppedAt: number | undefined;
  #isCut = false;

  constructor(imageOf: (id: string) => string | undefined) {
    this.#imageOf = imageOf;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (VOID_ELEMENTS.has(name)) {
      this.#drawVoid(name, attributes);
      return;
    }
    const written = this.#writtenAs(name);
    this.#open.push({ name, written });
    if (this.#droppedAt !== undefined) return;
    if (DROPPED_WHOLE.has(name)) this.#droppedAt = this.#open.length - 1;
    else if (name === 'a') this.#beginLink(attributes['href'] ?? '');
    if (written !== undefined && this.#droppedAt === undefined)
      this.#write(`<${written}${attributesOf(attributes)}>`);
  }

  close(name: string): void {
    const at = this.#open.findLastIndex((one) => one.name === name);
    if (at === -1) return;
    for (const { name: closed, written } of this.#open.splice(at).toReversed()) {
      if (written !== undefined) this.#out.push(`</${written}>`);
      if (closed === 'a') this.#link = undefined;
    }
    if (this.#droppedAt !== undefined && this.#droppedAt >= at) this.#droppedAt = undefined;
  }

  text(text: string): void {
    const current = this.#open.at(-1);
    if (current?.name === 'style' && this.#droppedAt === this.#open.length - 1) {
      if (this.#css.length < MAX_CHARACTERS) this.#css += text;
      return;
    }
    if (this.#droppedAt !== undefined) return;
    if (this.#link !== undefined && this.#link.text.length < MAX_LINK_TEXT)
      this.#link.text = (this.#link.text + text).slice(0, MAX_LINK_TEXT);
    this.#write(escaped(text));
  }

  finish(isCut: boolean): DrawnHtml {
    for (const { written } of this.#open.toReversed())
      if (written !== undefined) this.#out.push(`</${written}>`);
    const style = `<style>${OWN_STYLE}</style><style>${harmlessCss(this.#css)}</style>`;
    const head = `<!doctype html><html><head><meta charset="utf-8"><title></title>${style}</head>`;
    return {
      document: `${head}<body>${this.#out.join('')}</body></html>`,
      links: this.#links.map(({ text, href }): PreviewLink => ({ text: text.trim(), href })),
      imagesLeftOut: this.#imagesLeftOut,
      isCut: isCut || this.#isCut,
    };
  }

  /** `undefined`: it is not written, but what it has is. */
  #writtenAs(name: string): string | undefined {
    if (this.#droppedAt !== undefined || DROPPED_WHOLE.has(name)) return undefined;
    this.#elements++;
    if (this.#elements > MAX_ELEMENTS || this.#open.length >= MAX_DEPTH) {
      this.#isCut = true;
      return undefined;
    }
    if (name === 'body') return 'div';
    return ELEMENTS.has(name) ? name : undefined;
  }

  #drawVoid(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#droppedAt !== undefined) return;
    this.#elements++;
    if (this.#elements > MAX_ELEMENTS) this.#isCut = true;
    else if (name === 'img') this.#drawImage(attributes);
    else if (name === 'area') this.#beginLink(attributes['href'] ?? '', attributes['alt'] ?? '');
    else if (ELEMENTS.has(name)) this.#write(`<${name}${attributesOf(attributes)}>`);
  }

  #drawImage(attributes: Readonly<Record<string, string>>): void {
    const address = (attributes['src'] ?? '').trim();
    const own = /^cid:/i.test(address) ? this.#imageOf(address.slice(4)) : sameImageUrl(address);
    if (own !== undefined && this.#imageCharacters + own.length <= MAX_IMAGE_CHARACTERS) {
      this.#imageCharacters += own.length;
      this.#out.push(`<img src="${own}"${attributesOf(attributes)}>`);
      return;
    }
    this.#imagesLeftOut++;
    const alternative = (attributes['alt'] ?? '').slice(0, MAX_LINK_TEXT);
    this.#write(`<span class="postern-left-out">▢ ${escaped(alternative)}</span>`);
  }

  #beginLink(href: string, text = ''): void {
    this.#link = undefined;
    const link = { text, href: href.trim().slice(0, MAX_LINK_CHARACTERS) };
    if (link.href === '' || link.href.startsWith('#') || this.#links.length >= MAX_LINKS) return;
    this.#links.push(link);
    this.#link = link;
  }

  #write(markup: string): void {
    if (this.#characters + markup.length > MAX_CHARACTERS) {
      this.#isCut = true;
      return;
    }
    this.#characters += markup.length;
    this.#out.push(markup);
  }
}

function attributesOf(attributes: Readonly<Record<string, string>>): string {
  let written = '';
  for (const [name, value] of Object.entries(attributes)) {
    if (!ATTRIBUTES.has(name) || value.length > MAX_ATTRIBUTE_CHARACTERS) continue;
    written += ` ${name}="${escaped(name === 'style' ? harmlessCss(value) : value)}"`;
  }
  return written;
}

/** For text and quoted attributes. NUL and other control characters are of no use there. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('`', '&#96;');
}

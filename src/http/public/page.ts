/**
 * The HTML of every page: one column, no script, nothing from elsewhere, readable on a phone and in the dark. The policy in its
 * header allows the one style sheet by its hash, forms to this host, and nothing else. Pure.
 */
import { createHash } from 'node:crypto';
import { htmlText } from '../../platform/html-text.ts';
import { TEXTS } from './texts.ts';

const STYLE = `:root{color-scheme:light dark}
body{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:2rem 1rem;color:#1b1b1f;background:#fff}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2.5rem}
button{font:inherit;padding:.7rem 1.4rem;min-height:3rem;border:1px solid #1d4ed8;border-radius:.4rem;background:#1d4ed8;color:#fff;cursor:pointer}
button.quiet{background:none;color:#1d4ed8}button:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
ul{list-style:none;padding:0}li{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;justify-content:space-between;padding:.6rem 0;border-top:1px solid #c8c8d0}
small{color:#55555f}
@media (prefers-color-scheme:dark){body{color:#ececf1;background:#16161a}small{color:#a9a9b4}button{background:#2f5fe0;border-color:#2f5fe0}button.quiet{color:#9db8ff}li{border-color:#3a3a44}}`;

const HASH = createHash('sha256').update(STYLE).digest('base64');

/** Of every answer. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex, nofollow',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
};

/** `body`: HTML. */
export function page(title: string, body: readonly string[]): string {
  const heading = htmlText(title);
  return (
    `<!doctype html>\n<html lang="${TEXTS.language}"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">` +
    `<title>${heading}</title><style>${STYLE}</style></head>\n<body><main><h1>${heading}</h1>\n${body.join('\n')}\n</main></body></html>\n`
  );
}

export function paragraph(text: string): string {
  return `<p>${htmlText(text)}</p>`;
}

export interface Button {
  /** Relative, so that it leads to the same host, also where a proxy put a path before it. */
  readonly action: string;
  readonly name: string;
  readonly value: string;
  readonly label: string;
  /** What it is about, for those who hear the page; `undefined`: the label says it. */
  readonly about?: string | undefined;
  /** Not what the page is for. */
  readonly quiet?: boolean;
}

export function button({ action, name, value, label, about, quiet }: Button): string {
  return (
    `<form method="post" action="${htmlText(action)}"><input type="hidden" name="${htmlText(name)}" value="${htmlText(value)}">` +
    `<button${quiet === true ? ' class="quiet"' : ''}${about === undefined ? '' : ` aria-label="${htmlText(about)}"`}>${htmlText(label)}</button></form>`
  );
}

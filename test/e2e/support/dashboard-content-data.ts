/** Answers for content of messages, drafts of templates and files of suppressions, ordinary and hostile. */
import type { Answering, StubRequest } from './dashboard-stub.ts';

const DOCUMENT =
  '<!doctype html><meta charset="utf-8"><title></title><style>:root{background:#fff;font:15px/1.5 sans-serif}' +
  'h1{font-size:20px}td{padding:2px 16px 2px 0}</style><h1>Thank you for your order 4711</h1>' +
  '<p>It leaves our house tomorrow.</p><table><tr><td>Tea, 250 g<td>12.40 €<tr><td>Cup<td>9.90 €</table><p>Yours, the shop</p>';

/** `undefined`: of another page. */
export function contentAnswer({ path, method, query }: StubRequest, text?: string): ReturnType<Answering> {
  const links = [{ text: text ?? 'your order', href: text ?? 'https://shop.example/orders/4711' }];
  const html = { links, images_left_out: 1, cut: false };
  if (/^content\/(?:messages\/[^/]+\/document|drafts\/[^/]+)$/.test(path) && method === 'GET')
    return { status: 200, html: DOCUMENT };
  if (path.startsWith('content/messages/'))
    return {
      status: 200,
      body: {
        ...{ view: 'v', size_bytes: 4_711, readable: true, reason: '', html, cut: false },
        fields: [
          { name: 'From', value: text ?? 'Shop <orders@shop.example>' },
          { name: 'Subject', value: text ?? 'Your order 4711' },
        ],
        text: text ?? 'Thank you for your order 4711',
        attachments: [
          {
            index: 0,
            name: text ?? 'invoice.pdf',
            type: text ?? 'application/pdf',
            size_bytes: 8_000,
            inline: false,
          },
        ],
      },
    };
  if (path === 'content/drafts')
    return {
      status: 200,
      body: { subject: text ?? 'Welcome', text: text ?? 'Hello', html: { ...html, document: 'd' } },
    };
  if (path === 'suppression-files')
    return {
      status: 200,
      body: {
        ...{ written: query.get('write') === 'yes', rows: 5, added: 3, known: 1, expired: 0, wrong: 1 },
        problems: [{ line: 4, problem: text ?? 'no address' }],
      },
    };
  return undefined;
}

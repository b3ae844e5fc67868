/**
 * HTML from outside in a frame without an origin, scripts or links (its document comes with a policy of its own), at the width of
 * a phone, of most mail programs, or of the page; beside it, as text, where its links would lead.
 */
import { useState } from 'preact/hooks';
import { useText } from '../shell/context.ts';
import { Outside } from './basics.tsx';

interface FramedHtmlProps {
  /** Of the document. */
  readonly src: string;
  readonly links: readonly { readonly text: string; readonly href: string }[];
  readonly imagesLeftOut: number;
  readonly isCut: boolean;
}

const WIDTHS = ['narrow', 'middle', 'full'] as const;
type Width = (typeof WIDTHS)[number];

export function FramedHtml({ src, links, imagesLeftOut, isCut }: FramedHtmlProps) {
  const { content: words } = useText();
  const [width, setWidth] = useState<Width>('full');
  return (
    <>
      <div class="actions widths" role="group" aria-label={words.widths}>
        {WIDTHS.map((one) => (
          <button key={one} type="button" aria-pressed={one === width} onClick={() => setWidth(one)}>
            {words.width[one]}
          </button>
        ))}
      </div>
      {imagesLeftOut > 0 && <p class="quiet">{words.imagesLeftOut(imagesLeftOut)}</p>}
      {isCut && <p class="notice">{words.cut}</p>}
      <iframe
        class={`framed ${width}`}
        sandbox=""
        src={src}
        title={words.frame}
        referrerpolicy="no-referrer"
      />
      {links.length > 0 && (
        <details class="links">
          <summary>{words.links(links.length)}</summary>
          <p class="quiet">{words.linksHint}</p>
          <ol>
            {links.map(({ text, href }, at) => (
              <li key={at}>
                {text === '' ? words.noWords : <Outside text={text} most={200} />}
                <br />
                <code>
                  <Outside text={href} most={2_000} />
                </code>
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

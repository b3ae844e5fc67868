/** One version of a template as it is written. */
import type { Template } from '../api/answers.ts';
import { DetailList, Outside, Time } from '../components/basics.tsx';
import { useText } from '../shell/context.ts';
import { useNow } from '../shell/load.ts';

/** The largest part that the relay takes. */
const MOST_SHOWN = 524_288;

/** Source of a template, whole; scrolls within itself, also by keyboard. */
export function SourceBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <pre class="code" tabIndex={0} role="region" aria-label={label}>
      <Outside text={text} most={MOST_SHOWN} />
    </pre>
  );
}

export function TemplateSource({ template }: { readonly template: Template }) {
  const { templates: words } = useText();
  const nowMs = useNow();
  const { subject, text, html, variables } = template;
  return (
    <div class="rendered">
      <DetailList
        entries={[
          [words.columns.created, <Time key="at" at={template.created_at} nowMs={nowMs} />],
          [words.subject, subject === null ? words.noSubject : <Outside key="subject" text={subject} />],
          [
            words.variables,
            variables.length === 0 ? (
              words.noVariables
            ) : (
              <span class="tags">
                {variables.map(({ name, required }) => (
                  <code key={name}>
                    <Outside text={required ? name : words.optional(name)} most={200} />
                  </code>
                ))}
              </span>
            ),
          ],
        ]}
      />
      <h2>{words.text}</h2>
      {text === null ? <p class="quiet">{words.noText}</p> : <SourceBlock label={words.text} text={text} />}
      <h2>{words.html}</h2>
      {html === null ? <p class="quiet">{words.noHtml}</p> : <SourceBlock label={words.html} text={html} />}
    </div>
  );
}

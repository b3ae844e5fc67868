/** A template as `--json` prints it and HTTP answers it. */
import type { TemplateSummary, TemplateVersion } from '../store/templates.ts';
import type { Rendered } from '../template/template.ts';
import { timestamp } from './timestamp.ts';

export function templateLine({ id, name, latestVersion, createdAtMs }: TemplateSummary) {
  return { id, name, version: latestVersion, created_at: timestamp(createdAtMs) };
}

/** One version of it, with everything in it. */
export function templateJson({ id, name, latestVersion }: TemplateSummary, version: TemplateVersion) {
  return {
    id,
    name,
    version: version.version,
    latest_version: latestVersion,
    subject: version.subject ?? null,
    html: version.html ?? null,
    text: version.text ?? null,
    variables: version.variables,
    created_at: timestamp(version.createdAtMs),
  };
}

export function renderedJson({ subject, html, text }: Rendered) {
  return { subject: subject ?? null, html: html ?? null, text };
}

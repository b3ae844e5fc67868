/** What holds for every line that relayd logs, whatever a test is about: field names in one style, no text of OpenSSL's. */

const FIELD_NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const OPENSSL = /error:[0-9A-F]{8}:/;

/** Lines of `log` that break it. What is no JSON (standard error, other formats) has no fields. */
export function unstyledLines(log: string): readonly string[] {
  return log.split('\n').filter((line) => {
    if (!line.startsWith('{')) return false;
    let fields: object;
    try {
      fields = JSON.parse(line) as object;
    } catch {
      // Cut off by a kill.
      return false;
    }
    return OPENSSL.test(line) || !Object.keys(fields).every((name) => FIELD_NAME.test(name));
  });
}

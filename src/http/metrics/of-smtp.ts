/** Sessions of the SMTP services, by listener. */
import { histogram, metric, type Sample } from './exposition.ts';
import type { RelayFigures } from './relay-figures.ts';

export function smtpMetrics({ smtp }: RelayFigures): readonly string[] {
  const services = Object.entries(smtp);
  return [
    metric(
      'postern_smtp_sessions',
      'gauge',
      'Sessions that are open',
      services.map(([listener, { sessions }]): Sample => [{ listener }, sessions]),
    ),
    histogram(
      'postern_smtp_session_seconds',
      'Length of sessions that have ended',
      services.map(([listener, { sessionSeconds }]) => [{ listener }, sessionSeconds]),
    ),
    histogram(
      'postern_smtp_message_reply_seconds',
      'From the final dot of a message until its reply',
      services.map(([listener, { messageReplySeconds }]) => [{ listener }, messageReplySeconds]),
    ),
    metric(
      'postern_smtp_refusals_total',
      'counter',
      'Replies with 4yz and 5yz, by reply code and enhanced status code',
      services.flatMap(([listener, { refusals }]) =>
        [...refusals].map(([reply, count]): Sample => [{ listener, reply }, count]),
      ),
    ),
  ];
}

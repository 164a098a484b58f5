import { ROOT_CONTEXT } from '@opentelemetry/api';
import { type AttributeValue, type Exception, type Span, SpanKind, type Telemetry } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { messageOf } from '../core/fault.ts';
import { maskLine } from '../core/mask.ts';

/**
 * BullMQ's spans, without addresses: a job that failed says why, and may quote what was enqueued. A job that came without a trace begins
 * one of its own, whatever its worker was at before.
 */
export function maskedTelemetry(tracerName: string, version: string): Telemetry {
  const { tracer, contextManager } = new BullMQOtel({ tracerName, version });
  return {
    contextManager,
    tracer: {
      startSpan: (name, options, context) =>
        masked(
          tracer.startSpan(
            name,
            options,
            context ?? (options?.kind === SpanKind.CONSUMER ? ROOT_CONTEXT : undefined),
          ),
        ),
    },
  };
}

function masked(span: Span): Span {
  return {
    setSpanOnContext: (context) => span.setSpanOnContext(context),
    setAttribute: (name, value) => span.setAttribute(name, maskedValue(value)),
    setAttributes: (attributes) =>
      span.setAttributes(
        Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [
            name,
            value === undefined ? undefined : maskedValue(value),
          ]),
        ),
      ),
    addEvent: (name, attributes) => span.addEvent(name, attributes),
    recordException: (exception, time) => span.recordException({ message: textOf(exception) }, time),
    end: () => span.end(),
  };
}

function maskedValue(value: AttributeValue): AttributeValue {
  return typeof value === 'string' ? maskLine(value) : value;
}

/** Without its stack, which has the message in it. */
function textOf(exception: Exception): string {
  return maskLine(typeof exception === 'string' ? exception : messageOf(exception));
}

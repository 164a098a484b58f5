import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Telemetry } from 'bullmq';
import { messageOf } from '../core/fault.ts';
import { maskLine } from '../core/mask.ts';
import type { Tracing } from '../core/tracing.ts';
import { maskedTelemetry } from './masked-telemetry.ts';

/** Traces of this thread. */
export interface Traces {
  /** For queues and their workers: by it a trace goes on from one process to the next. */
  readonly telemetry: Telemetry;
  readonly tracing: Tracing;
  /** Sends what is left, and stops. Never rejects: what nobody collects is lost. */
  stop(): Promise<void>;
}

const NAME = 'sluice';
/** A collector that is away keeps no process from ending. */
const STOP_MS_MAX = 2_000;

/**
 * Starts to collect traces, and to send them by OTLP over HTTP to where the standard variables say (`OTEL_EXPORTER_OTLP_ENDPOINT` and its
 * like; http://localhost:4318 without them). Spans wait in memory, two thousand at the most, and beyond that are dropped.
 */
export function startTraces(version: string): Traces {
  const provider = new TracerProvider({
    resource: resourceOf(version),
    sampler: new ParentBasedSampler({ root: WORK_ONLY }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  // BullMQ's part finds them there, and only there.
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const tracer = provider.getTracer(NAME, version);
  return {
    telemetry: maskedTelemetry(NAME, version),
    tracing: {
      span: (name, fields, work, kind) =>
        tracer.startActiveSpan(
          name,
          { kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes: fields },
          async (span) => {
            try {
              return await work((more) => span.setAttributes(more));
            } catch (thrown) {
              span.setStatus({ code: SpanStatusCode.ERROR, message: maskLine(messageOf(thrown)) });
              throw thrown;
            } finally {
              span.end();
            }
          },
        ),
    },
    stop: async () => {
      await Promise.race([provider.shutdown(), after(STOP_MS_MAX)]).catch(() => {});
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

/** What begins by itself is a queue that looks for jobs, or keeps its locks: only what somebody enqueued begins a trace. */
const WORK_ONLY: Sampler = {
  shouldSample: (_context, _id, _name, kind) => ({
    decision:
      kind === SpanKind.PRODUCER || kind === SpanKind.CONSUMER
        ? SamplingDecision.RECORD_AND_SAMPLED
        : SamplingDecision.NOT_RECORD,
  }),
  toString: () => 'WorkOnly',
};

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before ours. */
function resourceOf(version: string) {
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': NAME, 'service.version': version }))
    .merge(detectResources({ detectors: [envDetector] }));
}

function after(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms).unref());
}

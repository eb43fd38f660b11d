import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Everything that is served, by name. Names are stable: dashboards and alerts hang on them. */
export function createInstruments(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  return {
    // Rate
    pulled: counter("weir_messages_pulled_total", "Messages pulled from a source.", ["pipeline", "source"]),
    settled: counter("weir_messages_settled_total", "Messages whose outcome became durable.", ["pipeline"]),
    written: counter("weir_messages_written_total", "Messages in batches that were written.", ["pipeline"]),
    batches: counter("weir_batches_closed_total", "Batches closed, by what closed them.", ["pipeline", "trigger"]),
    // Latency
    writeSeconds: new Histogram({
      name: "weir_batch_write_duration_seconds",
      help: "How long a batch took to be written, its repetitions included.",
      labelNames: ["pipeline"],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    // Errors
    dead: counter("weir_messages_dead_total", "Messages set aside, by reason.", ["pipeline", "reason"]),
    shed: counter("weir_messages_shed_total", "Messages thrown away before they were pulled.", ["pipeline", "reason"]),
    lost: counter("weir_messages_lost_total", "Messages in flight when their tenure ended.", ["pipeline"]),
    fenced: counter("weir_tenures_fenced_total", "Writes refused because another owner had claimed.", ["pipeline"]),
    late: counter("weir_answers_late_total", "Answers that came after their message was given up.", ["pipeline"]),
    stalled: counter("weir_origins_stalled_total", "Windows that stayed full for too long.", ["pipeline"]),
    down: gauge("weir_dependency_down", "1 while something outside cannot be reached.", ["pipeline", "dependency"]),
    // Saturation
    depth: gauge("weir_stage_depth_messages", "Messages in a stage, now.", ["pipeline", "stage"]),
    bound: gauge("weir_stage_bound_messages", "The most that a stage may hold.", ["pipeline", "stage"]),
    inFlight: gauge("weir_messages_in_flight", "Messages pulled and not settled, now.", ["pipeline"]),
    running: gauge("weir_pipeline_running", "1 while the pipeline pulls.", ["pipeline"]),
  };
}

export type Instruments = ReturnType<typeof createInstruments>;

/** What Prometheus would read. */
export interface Scraped {
  readonly text: string;
  /** Of metrics, by their `# TYPE`. */
  names(): string[];
  /** Undefined where there is no such line. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** Series that are there more than once, which Prometheus refuses. */
  repeated(): string[];
  /** Of all lines of that name. */
  sum(name: string): number;
}

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text exposition format. @throws where a line is none of it */
export function scraped(text: string): Scraped {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const all = lines.map(lineOf);
  const isOf = (line: Line, name: string, labels: Readonly<Record<string, string>>) =>
    line.name === name && Object.entries(labels).every(([label, value]) => line.labels[label] === value);
  return {
    text,
    names: () => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name),
    value: (name, labels = {}) => all.find((line) => isOf(line, name, labels))?.value,
    repeated: () => {
      const series = lines.map((line) => line.replace(/ \S+$/, ''));
      return series.filter((one, index) => series.indexOf(one) !== index);
    },
    sum: (name) => all.filter((line) => line.name === name).reduce((sum, { value }) => sum + value, 0),
  };
}

function lineOf(line: string): Line {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  const value = Number(match?.[3]?.replace('+Inf', 'Infinity'));
  if (!match || Number.isNaN(value)) throw new Error(`no line of the exposition format: ${line}`);
  const labels = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return {
    name: match[1] ?? '',
    labels: Object.fromEntries(labels.map(([, name = '', text = '']) => [name, text])),
    value,
  };
}

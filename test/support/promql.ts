import { parser } from '@prometheus-io/lezer-promql';

/** What a query of PromQL names. */
export interface Query {
  /** Why it is none: where the grammar meets an error. */
  readonly problems: readonly string[];
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** Labels that are grouped or matched by. */
  readonly grouping: readonly string[];
}

/** Grafana puts a duration in its place. */
const VARIABLES = /\$__(rate_)?interval/g;

/** Reads a query by the grammar of Prometheus's own editor. */
export function readQuery(text: string): Query {
  const query = text.replaceAll(VARIABLES, '5m');
  const problems: string[] = [];
  const selectors: { metric: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  let isGrouping = false;
  parser.parse(query).iterate({
    enter: ({ type, from, to }) => {
      const said = query.slice(from, to);
      if (type.isError) problems.push(`at ${from}: ${query.slice(from, from + 20)}`);
      if (type.name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      const selector = selectors.at(-1);
      if (type.name === 'Identifier' && selector?.metric === '') selector.metric = said;
      if (type.name === 'GroupingLabels') isGrouping = true;
      if (type.name === 'LabelName') {
        if (isGrouping) grouping.push(said);
        else selector?.labels.push(said);
      }
    },
    leave: ({ type }) => {
      if (type.name === 'GroupingLabels') isGrouping = false;
    },
  });
  return { problems, selectors, grouping };
}

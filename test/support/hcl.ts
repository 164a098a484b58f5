import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';

/** A block of a Terraform file, such as `resource "aws_sns_topic" "events" { … }`. */
export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  /** Names of its own attributes, without those of blocks in it. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface HclFile {
  /** Where it is no HCL: the text at that place. */
  readonly mistakes: readonly string[];
  readonly blocks: readonly HclBlock[];
  /** What is named in expressions, such as `var.name` or `aws_sns_topic.events.arn`, part by part. */
  readonly references: readonly (readonly string[])[];
}

/** Reads Terraform's language, by the grammar that editors use. */
export async function hclReader(): Promise<(path: string) => HclFile> {
  await Parser.init();
  const parser = new Parser();
  const grammar = '@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm';
  parser.setLanguage(await Language.load(createRequire(import.meta.url).resolve(grammar)));
  return (path) => {
    const root = parser.parse(readFileSync(path, 'utf8'))?.rootNode;
    if (!root) throw new Error(`${path} was not read`);
    const body = root.namedChildren.find((node) => node?.type === 'body');
    return {
      mistakes: all(root, (node) => node.isError || node.isMissing).map((node) => node.text),
      blocks: (body?.namedChildren ?? []).flatMap((node) => (node?.type === 'block' ? [blockOf(node)] : [])),
      references: all(root, (node) => node.type === 'variable_expr').map(pathFrom),
    };
  };
}

function blockOf(block: Node): HclBlock {
  const children = block.namedChildren.filter((node) => node !== null);
  const [type] = children;
  const body = children.find((node) => node.type === 'body');
  return {
    type: type?.text ?? '',
    labels: children
      .filter((node) => node.type === 'string_lit')
      .map((node) => node.text.replaceAll('"', '')),
    attributes: new Map(
      (body?.namedChildren ?? []).flatMap((node) =>
        node?.type === 'attribute'
          ? [[node.namedChild(0)?.text ?? '', node.namedChild(1)?.text ?? ''] as const]
          : [],
      ),
    ),
  };
}

/** `a.b["c"].d` is a, b: what follows an index is about one of many. */
function pathFrom(first: Node): string[] {
  const path = [first.text];
  for (let next = first.nextNamedSibling; next?.type === 'get_attr'; next = next.nextNamedSibling)
    path.push(next.text.slice(1));
  return path;
}

function all(node: Node, isWanted: (node: Node) => boolean): Node[] {
  const below = node.children.flatMap((child) => (child === null ? [] : all(child, isWanted)));
  return isWanted(node) ? [node, ...below] : below;
}

import { ChevronDownIcon, PlayIcon } from '@graphiql/react';
import { memo, useId } from 'react';
import { highlight, readable } from './search.ts';
import type { ReactElement } from 'react';
import type { CatalogExample, CatalogRoot, CatalogSystem, RootKind } from './search.ts';

interface SystemSectionProps {
  readonly system: CatalogSystem;
  readonly terms: readonly string[];
  readonly open: boolean;
  readonly signedIn: boolean;
  readonly canOpenRoots: boolean;
  readonly onToggle: () => void;
  readonly onRoot: (root: CatalogRoot) => void;
  readonly onExample: (example: CatalogExample) => void;
}

/** The sample id in examples after the id's prefix, to be replaced; no object has it. */
const SAMPLE_ID = '_01h455vb4pex5vsknk084sn02q';
const ACCESS_WORDS: Readonly<Record<string, string>> = { signedIn: 'signed in' };
const ORDER: readonly RootKind[] = ['QUERY', 'MUTATION', 'SUBSCRIPTION'];

/** One system: its heading folds its description, examples and roots. */
export function SystemSection(props: SystemSectionProps): ReactElement {
  const { system, terms, open, signedIn, canOpenRoots, onToggle, onRoot, onExample } = props;
  const id = useId();
  const roots = ORDER.flatMap((kind) => system.roots.filter((root) => root.kind === kind));
  return (
    <li className="console-system" data-testid={`system-${system.name}`}>
      <h3>
        <button
          type="button"
          className="console-system-head"
          aria-expanded={open}
          aria-controls={id}
          onClick={onToggle}
        >
          <ChevronDownIcon aria-hidden="true" />
          <span className="console-system-title">
            <Marked text={system.title ?? system.name} terms={terms} />
          </span>
          <span className="console-count" title={`${system.roots.length} roots, ${system.examples.length} examples`}>
            {system.roots.length + system.examples.length}
          </span>
        </button>
      </h3>
      <div id={id} hidden={!open}>
        {open && (
          <>
            {system.description && (
              <p className="console-hint">
                <Marked text={readable(system.description)} terms={terms} />
              </p>
            )}
            {system.examples.length > 0 && <h4>Examples</h4>}
            <ul className="console-plain">
              {system.examples.map((example) => (
                <ExampleItem key={example.name} {...{ example, terms, signedIn, onExample }} system={system.name} />
              ))}
            </ul>
            {roots.length > 0 && <h4>Roots</h4>}
            <ul className="console-plain">
              {roots.map((root) => (
                <RootItem key={`${root.kind} ${root.name}`} {...{ root, terms, canOpenRoots, onRoot }} />
              ))}
            </ul>
            {roots.length + system.examples.length === 0 && <p className="console-hint">This system has no roots.</p>}
          </>
        )}
      </div>
    </li>
  );
}

function ExampleItem({
  example,
  system,
  terms,
  signedIn,
  onExample,
}: Pick<SystemSectionProps, 'terms' | 'signedIn' | 'onExample'> & {
  example: CatalogExample;
  system: string;
}): ReactElement {
  const hint =
    !example.public && !signedIn ? 'sign in first' : example.variables?.includes(SAMPLE_ID) && 'fill in an id';
  // Show the roots by which a search found the example.
  const asked = example.roots.filter((root) => terms.some((term) => root.toLowerCase().includes(term)));
  return (
    <li>
      <button
        type="button"
        className="console-item"
        data-testid="example-button"
        data-system={system}
        data-example={example.name}
        onClick={() => onExample(example)}
      >
        <span className="console-item-head">
          <PlayIcon className="console-play" aria-hidden="true" />
          <span className="console-item-name">
            <Marked text={example.name} terms={terms} />
          </span>
          {hint && <span className="console-chip">{hint}</span>}
        </span>
        {example.description && (
          <span className="console-item-text">
            <Marked text={readable(example.description)} terms={terms} />
          </span>
        )}
        {asked.length > 0 && (
          <span className="console-item-text console-facts">
            roots: <Marked text={asked.join(', ')} terms={terms} />
          </span>
        )}
      </button>
    </li>
  );
}

function RootItem({
  root,
  terms,
  canOpenRoots,
  onRoot,
}: Pick<SystemSectionProps, 'terms' | 'canOpenRoots' | 'onRoot'> & { root: CatalogRoot }): ReactElement {
  const kind = root.kind.toLowerCase();
  // A permission's name is too long for a chip beside the root's name.
  const access = root.access?.includes('.') ? null : (ACCESS_WORDS[root.access ?? ''] ?? root.access);
  const more = [
    ...(root.access && !access ? [`needs ${root.access}`] : []),
    ...(root.facts.length > 0 ? [`emits ${root.facts.join(', ')}`] : []),
  ];
  return (
    <li>
      <button
        type="button"
        className="console-item"
        data-testid="root-button"
        data-root={root.name}
        disabled={!canOpenRoots}
        onClick={() => onRoot(root)}
      >
        <span className="console-item-head">
          <span className={`console-kind console-kind-${kind}`} title={kind}>
            {kind.charAt(0).toUpperCase()}
            <span className="console-hidden">{kind.slice(1)} </span>
          </span>
          <code className="console-item-name">
            <Marked text={root.name} terms={terms} />
          </code>
          {access && (
            <span className={access === 'public' ? 'console-chip console-chip-public' : 'console-chip'}>{access}</span>
          )}
        </span>
        {root.description && (
          <span className="console-item-text">
            <Marked text={readable(root.description)} terms={terms} />
          </span>
        )}
        {more.length > 0 && <span className="console-item-text console-facts">{more.join(' · ')}</span>}
      </button>
    </li>
  );
}

const Marked = memo(function Marked({ text, terms }: { text: string; terms: readonly string[] }): ReactElement {
  return (
    <>
      {highlight(text, terms).map((part, index) =>
        part.hit ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>,
      )}
    </>
  );
});

import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
  syntaxTree,
} from '@codemirror/language';
import { linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, StateEffect } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import type { Violation } from '../client/call';
import { completeBy } from './complete';
import { diagnose } from './diagnose';
import styles from './json-editor.module.css';
import { rangeOf } from './json-tree';
import type { Shape, Template } from './shape';

export interface JsonEditorProps {
  /** Name for screen readers. */
  label: string;
  /** The text at first; afterwards the editor holds it. */
  initial: string;
  onChange: (text: string) => void;
  /** What the text is to be. */
  shape: Shape;
  /** What entries of lists that take them may begin with, beside the shape's own; asked whenever one completes. */
  catalog?: () => readonly Template[];
  /** What the server said of the present text. */
  violations?: readonly Violation[];
  /** A place to show: a path such as `tasks[2]`. A new object shows it again. */
  shown?: { path: string } | undefined;
}

const judged = StateEffect.define<null>();

/** An editor for JSON that knows what it is to be: completes it and marks what is wrong where it is wrong. */
export function JsonEditor({
  label,
  initial,
  onChange,
  shape,
  catalog,
  violations = [],
  shown,
}: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ onChange, violations });
  latest.current = { onChange, violations };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor holds the text; what it is made with does not change
  useEffect(() => {
    if (!place.current) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: initial,
        extensions: [
          basics,
          EditorView.contentAttributes.of({
            'aria-label': label,
            role: 'textbox',
            'aria-multiline': 'true',
            tabindex: '0',
          }),
          autocompletion({ override: [completeBy(shape, catalog)], icons: false }),
          linter((of) => diagnose(of.state, shape, latest.current.violations), {
            delay: 250,
            needsRefresh: (update) =>
              update.transactions.some((each) => each.effects.some((effect) => effect.is(judged))),
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new violations are drawn at once
  useEffect(() => view.current?.dispatch({ effects: judged.of(null) }), [violations]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !shown) return;
    const { from } = rangeOf(syntaxTree(editor.state), shown.path, (a, b) => editor.state.sliceDoc(a, b));
    editor.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: 'center' }),
    });
    editor.focus();
  }, [shown]);

  return <div ref={place} className={styles.editor} />;
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--code-keyword)' },
]);

const basics = [
  lineNumbers(),
  codeFolding(),
  foldGutter(),
  lintGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  search({ top: true }),
  json(),
  syntaxHighlighting(colours),
  EditorState.tabSize.of(2),
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
    // Escape, then Tab, leaves the editor: the way CodeMirror keeps it from trapping the keyboard.
    indentWithTab,
  ]),
];

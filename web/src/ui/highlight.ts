/** Languages that code blocks colour. */
export type Language = 'bash' | 'csharp' | 'go' | 'java' | 'javascript' | 'json' | 'python' | 'text';

export interface Token {
  kind: 'plain' | 'keyword' | 'string' | 'number' | 'comment' | 'key';
  text: string;
}

interface Grammar {
  comment: string;
  string: string;
  keywords: string;
}

const doubleQuoted = '"(?:\\\\.|[^"\\\\\\n])*"';
const singleQuoted = "'(?:\\\\.|[^'\\\\\\n])*'";
const backQuoted = '`(?:\\\\.|[^`\\\\])*`';
const slashComment = '//[^\\n]*|/\\*[\\s\\S]*?\\*/';
const hashComment = '(?<![^\\s])#[^\\n]*';
const never = '(?!)';

const grammars: Record<Exclude<Language, 'text'>, Grammar> = {
  bash: {
    comment: hashComment,
    string: `${doubleQuoted}|'[^']*'`,
    keywords: 'export|if|then|else|fi|for|while|do|done|curl|set',
  },
  csharp: {
    comment: slashComment,
    string: `@?\\$?${doubleQuoted}`,
    keywords:
      'using|namespace|class|public|private|static|async|await|new|var|return|string|int|bool|void|null|true|false|if|else|foreach|in|out|override|get|set|this|throw|while',
  },
  go: {
    comment: slashComment,
    string: `${doubleQuoted}|\`[^\`]*\``,
    keywords:
      'package|import|func|var|const|type|struct|interface|map|return|if|else|for|range|go|defer|nil|true|false|string|int|bool|error|any|chan|select|switch|case',
  },
  java: {
    comment: slashComment,
    string: doubleQuoted,
    keywords:
      'import|package|public|private|static|final|class|void|new|return|var|String|int|boolean|true|false|null|throws|throw|if|else|for|while|implements|extends|interface|record|try|catch',
  },
  javascript: {
    comment: slashComment,
    string: `${doubleQuoted}|${singleQuoted}|${backQuoted}`,
    keywords:
      'import|from|export|const|let|var|function|async|await|return|new|if|else|for|of|in|while|true|false|null|undefined|class|throw|try|catch',
  },
  json: { comment: never, string: doubleQuoted, keywords: 'true|false|null' },
  python: {
    comment: hashComment,
    string: `"""[\\s\\S]*?"""|f?${doubleQuoted}|f?${singleQuoted}`,
    keywords:
      'import|from|as|def|class|return|if|elif|else|for|in|while|with|not|and|or|None|True|False|lambda|try|except|raise|async|await|print',
  },
};

/**
 * Splits code into coloured pieces; joined, they are the code again. It knows comments, strings, numbers and keywords, which
 * is enough for snippets and JSON, and costs no library.
 */
export function highlight(code: string, language: Language): Token[] {
  if (language === 'text') return [{ kind: 'plain', text: code }];
  const grammar = grammars[language];
  const pattern = new RegExp(
    `(?<comment>${grammar.comment})|(?<string>${grammar.string})|(?<number>(?<![\\w.])\\d+(?:\\.\\d+)?(?![\\w.]))|(?<keyword>\\b(?:${grammar.keywords})\\b)`,
    'g',
  );
  const tokens: Token[] = [];
  let done = 0;
  for (const match of code.matchAll(pattern)) {
    if (match.index > done) tokens.push({ kind: 'plain', text: code.slice(done, match.index) });
    done = match.index + match[0].length;
    tokens.push({ kind: kindOf(match, language, code.slice(done)), text: match[0] });
  }
  if (done < code.length) tokens.push({ kind: 'plain', text: code.slice(done) });
  return tokens;
}

function kindOf(match: RegExpExecArray, language: Language, rest: string): Token['kind'] {
  const groups = match.groups ?? {};
  if (groups.comment !== undefined) return 'comment';
  if (groups.number !== undefined) return 'number';
  if (groups.keyword !== undefined) return 'keyword';
  return language === 'json' && /^\s*:/.test(rest) ? 'key' : 'string';
}

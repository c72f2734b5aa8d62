import type { WorkflowDef, WorkflowTask } from '../conductor/types';

export interface DefinitionTemplate {
  key: string;
  title: string;
  /** What it shows. */
  info: string;
  definition: WorkflowDef;
}

function definition(name: string, description: string, tasks: WorkflowTask[], more: Partial<WorkflowDef>) {
  return { name, version: 1, schemaVersion: 2, description, ownerEmail: 'you@example.com', ...more, tasks };
}

const inline = (reference: string, expression: string, inputParameters: WorkflowTask['inputParameters']) => ({
  name: reference,
  taskReferenceName: reference,
  type: 'INLINE',
  inputParameters: { ...inputParameters, evaluatorType: 'javascript', expression },
});

/** What a new definition can begin with. All but the worker's run as they are. */
export const definitionTemplates: readonly DefinitionTemplate[] = [
  {
    key: 'worker',
    title: 'One task after the other',
    info: 'Two tasks that workers of yours do; the second gets what the first gives back.',
    definition: definition(
      'my_workflow',
      'Two tasks in a row.',
      [
        {
          name: 'fetch_order',
          taskReferenceName: 'fetch',
          type: 'SIMPLE',
          inputParameters: { orderId: '${workflow.input.orderId}' },
        },
        {
          name: 'send_receipt',
          taskReferenceName: 'receipt',
          type: 'SIMPLE',
          inputParameters: { order: '${fetch.output.order}' },
        },
      ],
      { inputParameters: ['orderId'], outputParameters: { order: '${fetch.output.order}' } },
    ),
  },
  {
    key: 'decision',
    title: 'One of several ways',
    info: 'Computes something and goes one way or the other; runs without a worker.',
    definition: definition(
      'my_decision',
      'Doubles a number, and takes a breath when the result is large.',
      [
        inline('double', '$.number * 2', { number: '${workflow.input.number}' }),
        {
          name: 'is_it_large',
          taskReferenceName: 'size',
          type: 'SWITCH',
          evaluatorType: 'javascript',
          expression: "$.doubled > 100 ? 'large' : 'small'",
          inputParameters: { doubled: '${double.output.result}' },
          decisionCases: {
            large: [
              {
                name: 'take_a_breath',
                taskReferenceName: 'breath',
                type: 'WAIT',
                inputParameters: { duration: '2 seconds' },
              },
            ],
          },
          defaultCase: [],
        },
      ],
      { inputParameters: ['number'], outputParameters: { doubled: '${double.output.result}' } },
    ),
  },
  {
    key: 'fork',
    title: 'Branches side by side',
    info: 'Does two things at the same time and waits for both; runs without a worker.',
    definition: definition(
      'my_fork',
      'Adds and multiplies side by side.',
      [
        {
          name: 'fork',
          taskReferenceName: 'both',
          type: 'FORK_JOIN',
          forkTasks: [
            [inline('sum', '$.a + $.b', { a: '${workflow.input.a}', b: '${workflow.input.b}' })],
            [inline('product', '$.a * $.b', { a: '${workflow.input.a}', b: '${workflow.input.b}' })],
          ],
        },
        { name: 'join', taskReferenceName: 'joined', type: 'JOIN', joinOn: ['sum', 'product'] },
      ],
      {
        inputParameters: ['a', 'b'],
        outputParameters: { sum: '${sum.output.result}', product: '${product.output.result}' },
      },
    ),
  },
  {
    key: 'loop',
    title: 'A loop',
    info: 'Asks an address until it is content or has asked often enough; runs without a worker.',
    definition: definition(
      'my_loop',
      'Asks an address up to five times, some seconds apart.',
      [
        {
          name: 'ask_again',
          taskReferenceName: 'again',
          type: 'DO_WHILE',
          loopCondition:
            "if ($.again['iteration'] < 5 && $.ask['response']['body']['ready'] != true) { true; } else { false; }",
          loopOver: [
            {
              name: 'ask',
              taskReferenceName: 'ask',
              type: 'HTTP',
              inputParameters: { http_request: { method: 'GET', uri: '${workflow.input.address}' } },
            },
            {
              name: 'pause',
              taskReferenceName: 'pause',
              type: 'WAIT',
              inputParameters: { duration: '3 seconds' },
            },
          ],
        },
      ],
      { inputParameters: ['address'] },
    ),
  },
  {
    key: 'person',
    title: 'A person decides',
    info: 'Waits until somebody answers, and goes on by the answer; runs without a worker.',
    definition: definition(
      'my_approval',
      'Waits for a person and tells what they said.',
      [
        {
          name: 'approve',
          taskReferenceName: 'approval',
          type: 'HUMAN',
          inputParameters: { question: '${workflow.input.question}' },
        },
        {
          name: 'which',
          taskReferenceName: 'which',
          type: 'SWITCH',
          evaluatorType: 'value-param',
          expression: 'verdict',
          inputParameters: { verdict: '${approval.output.verdict}' },
          decisionCases: { approved: [inline('celebrate', "'approved'", {})] },
          defaultCase: [
            {
              name: 'stop',
              taskReferenceName: 'stop',
              type: 'TERMINATE',
              inputParameters: { terminationStatus: 'FAILED', terminationReason: 'It was not approved.' },
            },
          ],
        },
      ],
      { inputParameters: ['question'] },
    ),
  },
];

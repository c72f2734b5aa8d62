import type { WorkflowDef, WorkflowTask } from '../../src/conductor/types.ts';

/** Definitions that between them use every kind of block. */

function task(type: string, ref: string, more: Partial<WorkflowTask> = {}): WorkflowTask {
  return { name: ref, taskReferenceName: ref, type, inputParameters: {}, ...more };
}

/** An expression that refers to a value of the execution. */
function from(path: string): string {
  return `\${${path}}`;
}

function simple(ref: string, more: Partial<WorkflowTask> = {}): WorkflowTask {
  return task('SIMPLE', ref, more);
}

function def(name: string, tasks: WorkflowTask[], more: Partial<WorkflowDef> = {}): WorkflowDef {
  return {
    name,
    version: 1,
    schemaVersion: 2,
    tasks,
    inputParameters: [],
    outputParameters: {},
    restartable: true,
    timeoutPolicy: 'ALERT_ONLY',
    timeoutSeconds: 0,
    ownerEmail: 'media-platform@example.com',
    createTime: Date.UTC(2026, 10, 2, 9, 30),
    ...more,
  };
}

export const thumbnail = def(
  'make_thumbnail',
  [
    task('HTTP', 'fetch_original', {
      name: 'http_get',
      inputParameters: { http_request: { method: 'GET', uri: from('workflow.input.url') } },
    }),
    simple('resize', { inputParameters: { width: from('workflow.input.width') } }),
    simple('store_thumbnail'),
    task('SET_VARIABLE', 'remember_location'),
  ],
  { inputParameters: ['url', 'width'], description: 'Fetches an image, makes it small, and stores it.' },
);

export const publishImage = def(
  'publish_image',
  [
    simple('probe', { name: 'probe_image' }),
    task('SWITCH', 'by_country', {
      evaluatorType: 'value-param',
      expression: 'country',
      inputParameters: { country: from('workflow.input.country') },
      decisionCases: {
        KR: [simple('formats_kr', { name: 'list_formats' }), simple('license_kr', { name: 'check_license' })],
        JP: [simple('formats_jp', { name: 'list_formats' })],
        CN: [
          task('TERMINATE', 'not_licensed', {
            inputParameters: {
              terminationStatus: 'FAILED',
              terminationReason: 'no licence for this country',
            },
          }),
        ],
      },
      defaultCase: [],
    }),
    task('INLINE', 'plan_formats', {
      inputParameters: { evaluatorType: 'javascript', expression: '(function () { return $.formats })()' },
    }),
    task('FORK_JOIN_DYNAMIC', 'encode_all', {
      dynamicForkTasksParam: 'tasks',
      dynamicForkTasksInputParamName: 'inputs',
    }),
    task('JOIN', 'encoded'),
    simple('verify', { name: 'verify_delivery' }),
    task('EVENT', 'announce'),
  ],
  {
    version: 3,
    inputParameters: ['show', 'country', 'image'],
    description: 'Publishes the artwork of a show in every format that its country needs.',
    timeoutSeconds: 3600,
  },
);

export const fulfilOrder = def(
  'fulfil_order',
  [
    task('HTTP', 'load_order', { name: 'http_get' }),
    task('FORK_JOIN', 'prepare', {
      forkTasks: [
        [simple('authorize_card'), simple('capture_payment')],
        [
          simple('reserve_stock'),
          task('SWITCH', 'in_stock', {
            evaluatorType: 'javascript',
            expression: "$.available ? 'yes' : 'no'",
            decisionCases: { no: [simple('backorder'), task('WAIT', 'restock_window')] },
            defaultCase: [simple('pick')],
          }),
        ],
        [simple('notify_customer', { optional: true })],
      ],
    }),
    task('JOIN', 'prepared', { joinOn: ['capture_payment', 'in_stock'] }),
    task('SUB_WORKFLOW', 'ship', { subWorkflowParam: { name: 'ship_parcel', version: 1 } }),
    simple('close_order'),
  ],
  {
    inputParameters: ['orderId', 'priority'],
    failureWorkflow: 'refund_order',
    description: 'Takes the money, the goods and the parcel to one end.',
  },
);

export const shipParcel = def(
  'ship_parcel',
  [
    simple('choose_carrier'),
    task('DO_WHILE', 'until_accepted', {
      loopCondition: '$.hand_over.accepted == false',
      loopOver: [simple('hand_over'), task('WAIT', 'pause', { inputParameters: { duration: '10 minutes' } })],
    }),
    simple('print_label'),
  ],
  { inputParameters: ['orderId', 'address'] },
);

export const approveContract = def(
  'approve_contract',
  [
    simple('draft', { name: 'draft_contract' }),
    task('HUMAN', 'legal_review', { inputParameters: { assignee: 'legal@example.com' } }),
    task('SWITCH', 'decision', {
      evaluatorType: 'value-param',
      expression: 'verdict',
      inputParameters: { verdict: from('legal_review.output.verdict') },
      decisionCases: {
        approved: [simple('sign'), task('WAIT', 'cooling_off', { inputParameters: { duration: '14 days' } })],
        rejected: [
          task('TERMINATE', 'rejected_by_legal', { inputParameters: { terminationStatus: 'TERMINATED' } }),
        ],
      },
      defaultCase: [simple('ask_again')],
    }),
    simple('archive'),
  ],
  { inputParameters: ['customer', 'amount'] },
);

export const nightlyImport = def('nightly_import', [
  simple('list_files'),
  task('FORK_JOIN_DYNAMIC', 'import_each', {
    dynamicForkTasksParam: 'tasks',
    dynamicForkTasksInputParamName: 'inputs',
  }),
  task('JOIN', 'imported'),
  simple('summarize'),
]);

export const crawlSite = def('crawl_site', [
  task('DO_WHILE', 'each_page', {
    loopCondition: '$.fetch_page.next != null',
    loopOver: [
      task('HTTP', 'fetch_page', { name: 'http_get' }),
      task('SWITCH', 'kind', {
        evaluatorType: 'value-param',
        expression: 'type',
        decisionCases: { html: [simple('extract_text')], image: [simple('describe_image')] },
        defaultCase: [],
      }),
      simple('index_page'),
    ],
  }),
  simple('publish_index'),
]);

/** Blocks inside blocks inside blocks. */
export const reconcileLedger = def('reconcile_ledger', [
  task('JSON_JQ_TRANSFORM', 'group_entries'),
  task('FORK_JOIN', 'by_side', {
    forkTasks: [
      [
        task('DO_WHILE', 'each_debit', {
          loopOver: [
            task('DO_WHILE', 'each_line', { loopOver: [simple('match_line')], loopCondition: '$.more' }),
            task('SWITCH', 'matched', {
              evaluatorType: 'value-param',
              expression: 'ok',
              decisionCases: { false: [simple('flag_debit')] },
            }),
          ],
          loopCondition: '$.more',
        }),
      ],
      [
        task('SWITCH', 'credits', {
          evaluatorType: 'value-param',
          expression: 'mode',
          decisionCases: {
            batch: [
              task('FORK_JOIN', 'halves', {
                forkTasks: [[simple('first_half')], [simple('second_half'), simple('checksum')]],
              }),
              task('JOIN', 'halved', { joinOn: ['first_half', 'checksum'] }),
            ],
          },
          defaultCase: [simple('stream_credits')],
        }),
      ],
    ],
  }),
  task('JOIN', 'sides', { joinOn: ['each_debit', 'credits'] }),
  task('SUB_WORKFLOW', 'report', {
    subWorkflowParam: {
      name: 'write_report',
      workflowDefinition: def('write_report', [simple('render'), simple('mail')]),
    },
  }),
]);

export const definitions: readonly WorkflowDef[] = [
  approveContract,
  crawlSite,
  fulfilOrder,
  thumbnail,
  nightlyImport,
  { ...publishImage, version: 1, tasks: publishImage.tasks.slice(0, 3), inputParameters: ['image'] },
  { ...publishImage, version: 2, tasks: publishImage.tasks.slice(0, 5) },
  publishImage,
  reconcileLedger,
  shipParcel,
];

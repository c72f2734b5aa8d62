/** The graph as other parts of the consoles use it. */
export { ExecutionGraph, type ExecutionGraphProps } from './execution-graph';
export type { Contents, SubWorkflowContent, SubWorkflowRequest } from './scene';

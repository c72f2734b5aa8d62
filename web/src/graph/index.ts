/** The graph as other parts of the consoles use it. */
export { ExecutionGraph, type ExecutionGraphProps } from './execution-graph';
export { findReference } from './find-reference';
export { TypeIcon } from './icons';
export type { Contents, SubWorkflowContent, SubWorkflowRequest } from './scene';
export { isWorkerTask, runTime } from './state';
export { attemptAppearance, typeWord } from './words';

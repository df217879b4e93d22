/** Group and version of every kind that fluentbind defines. */
export const group = 'fluentbit.kyma-project.io';
export const apiVersion = `${group}/v1alpha1`;

// Package deploy tests what is in the folder deploy: that the chart renders to
// what was reviewed, that files say settings that there are, and that
// dashboards and alerts ask for metrics that there are.
package deploy

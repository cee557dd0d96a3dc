// Package compose holds compose.yaml against what the README says of it.
package compose

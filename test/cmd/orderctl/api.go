package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	requestTimeout = 30 * time.Second
	maxAnswer      = 64 << 20 // bytes
)

// request is one call of a service.
type request struct {
	method  string
	service string
	path    string
	body    any // nil for none
	headers map[string]string
	wait    time.Duration // how much longer than usual the answer may take
}

// call sends a request and returns the answer's body. Its error is a failure.
func (c *ctl) call(ctx context.Context, r request) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout+r.wait)
	defer cancel()
	response, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, unreachable(r, err)
	case response.StatusCode >= http.StatusBadRequest:
		return nil, problemOf(r, response, body)
	case !json.Valid(body):
		return nil, refused("%s: the answer is no JSON: %.200s", r, body)
	}
	return body, nil
}

// send sends a request and returns the answer with its body to be read.
func (c *ctl) send(ctx context.Context, r request) (*http.Response, error) {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	sent, err := http.NewRequestWithContext(ctx, r.method, *c.where.Services[r.service]+r.path, body)
	if err != nil {
		return nil, misused("address of the %s service: %w", r.service, err)
	}
	for name, value := range r.headers {
		sent.Header.Set(name, value)
	}
	if body != nil {
		sent.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		sent.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.client.Do(sent)
	if err != nil {
		return nil, unreachable(r, err)
	}
	return response, nil
}

func (r request) String() string { return fmt.Sprintf("%s %s of %s", r.method, r.path, r.service) }

func unreachable(r request, err error) error {
	return &failure{exitUnreachable, fmt.Errorf("%s: %w", r, err)}
}

// problem is the answer to a request that failed (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

// answered is the error of a service that answered with a status of 400 or more.
type answered struct {
	request request
	status  int
	problem problem
}

func (a *answered) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d %s: %s", a.request, a.status, a.problem.Title, a.problem.Detail)
	for _, field := range a.problem.Errors {
		fmt.Fprintf(&text, "\n  %s: %s", field.Field, field.Detail)
	}
	return text.String()
}

func problemOf(r request, response *http.Response, body []byte) error {
	a := &answered{request: r, status: response.StatusCode}
	if err := json.Unmarshal(body, &a.problem); err != nil || a.problem.Title == "" {
		a.problem = problem{Title: http.StatusText(response.StatusCode), Detail: fmt.Sprintf("%.200s", body)}
	}
	code := exitRefused
	switch response.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		code = exitUnreachable
	}
	return &failure{code, a}
}

// hasStatus tells whether a service answered with one of these statuses.
func hasStatus(err error, statuses ...int) bool {
	var a *answered
	if !errors.As(err, &a) {
		return false
	}
	for _, status := range statuses {
		if a.status == status {
			return true
		}
	}
	return false
}

// read is call with the answer read as a T as well.
func read[T any](ctx context.Context, c *ctl, r request) (T, json.RawMessage, error) {
	var found T
	raw, err := c.call(ctx, r)
	if err != nil {
		return found, nil, err
	}
	if err := json.Unmarshal(raw, &found); err != nil {
		return found, nil, refused("%s: %w", r, err)
	}
	return found, raw, nil
}

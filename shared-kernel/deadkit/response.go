package deadkit

import (
	"encoding/json"
	"time"

	"orders.internal/shared-kernel/httpkit"
)

// letter is how a dead letter is shown.
type letter struct {
	ID           string          `json:"id"`
	Copies       int             `json:"copies"`
	Reason       string          `json:"reason"`
	Detail       string          `json:"detail"`
	Type         string          `json:"type"`
	OrderID      string          `json:"order_id"`
	MessageID    string          `json:"message_id"`
	OriginalKey  string          `json:"original_routing_key"`
	PublishedAt  *time.Time      `json:"published_at"`
	ContentType  string          `json:"content_type"`
	Headers      map[string]any  `json:"headers"`
	Size         int             `json:"size"`
	Body         json.RawMessage `json:"body"`
	BodyEncoding string          `json:"body_encoding"`
	Truncated    bool            `json:"truncated"`
}

// The values of body_encoding: the body is a JSON value; a string of the text
// that it is; or a string with U+FFFD where it isn't UTF-8.
const (
	encodingJSON   = "json"
	encodingText   = "text"
	encodingBinary = "binary"
)

func toLetter(l Letter) letter {
	shown := letter{
		ID: l.ID, Copies: l.Copies, Reason: l.Reason, Detail: l.Detail, Type: l.Type, OrderID: l.OrderID, MessageID: l.MessageID,
		OriginalKey: l.OriginalKey, ContentType: l.ContentType, Headers: l.Headers, Size: l.Size,
		Body: l.Body.JSON, BodyEncoding: encodingJSON, Truncated: l.Body.Truncated,
	}
	if !l.PublishedAt.IsZero() {
		shown.PublishedAt = &l.PublishedAt
	}
	if shown.Body == nil {
		shown.Body, _ = json.Marshal(l.Body.Text) // a string never fails
		shown.BodyEncoding = encodingText
	}
	if l.Body.Binary {
		shown.BodyEncoding = encodingBinary
	}
	return shown
}

func positionOfLetter(l Letter) httpkit.Position {
	return httpkit.Position{At: l.PublishedAt, ID: l.ID}
}

// summary is how the counts are shown.
type summary struct {
	Waiting int     `json:"waiting"`
	Seen    int     `json:"seen"`
	Groups  []group `json:"groups"`
}

type group struct {
	Reason string `json:"reason"`
	Type   string `json:"type"`
	Count  int    `json:"count"`
}

func toSummary(s Summary) summary {
	shown := summary{Waiting: s.Waiting, Seen: s.Seen, Groups: make([]group, len(s.Groups))}
	for i, g := range s.Groups {
		shown.Groups[i] = group(g)
	}
	return shown
}

// action is how the record of an action is shown.
type action struct {
	ID          string     `json:"id"`
	Verb        Verb       `json:"action"`
	Operator    string     `json:"operator"`
	LetterID    string     `json:"letter_id"`
	MessageID   string     `json:"message_id"`
	Type        string     `json:"type"`
	OrderID     string     `json:"order_id"`
	Reason      string     `json:"reason"`
	OriginalKey string     `json:"original_routing_key"`
	Outcome     Outcome    `json:"outcome"`
	Detail      string     `json:"detail"`
	RequestedAt time.Time  `json:"requested_at"`
	FinishedAt  *time.Time `json:"finished_at"`
}

func toAction(a Action) action { return action(a) }

func positionOfAction(a Action) httpkit.Position {
	return httpkit.Position{At: a.RequestedAt, ID: a.ID}
}

// result is how the outcome for a group is shown.
type result struct {
	Done   int `json:"done"`
	Failed int `json:"failed"`
	Left   int `json:"left"`
	Unseen int `json:"unseen"`
}

func toResult(r Result) result {
	return result{Done: r.Done, Failed: r.Failed, Left: r.Left, Unseen: r.Unseen}
}

package contracts

import "testing"

func BenchmarkEncode(b *testing.B) {
	for _, data := range samples {
		message := sampleMessage(data)
		b.Run(data.EventType(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Encode(message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, data := range samples {
		body, err := Encode(sampleMessage(data))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(data.EventType(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

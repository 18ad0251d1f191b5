// Rotates a word by lanes: word_o lane l is word_i lane (l + amount) mod Lanes. Anything when not enabled.
module stoic_rotator #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] Width = 16,
  localparam bit [31:0] LaneBits = $clog2(Lanes)
) (
  input  logic                   enable_i,
  input  logic [LaneBits-1:0]    amount_i,
  input  logic [Lanes*Width-1:0] word_i,
  output logic [Lanes*Width-1:0] word_o
);

  always_comb begin
    word_o = 'x;
    if (enable_i) begin
      word_o = word_i;
      for (int b = 0; b < LaneBits; b++)
        if (amount_i[b])
          word_o = (word_o >> (Width * (1 << b))) | (word_o << (Width * (Lanes - (1 << b))));
    end
  end

endmodule
